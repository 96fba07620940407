"""Archiving the one session that is selected where several are compared."""

from collections.abc import Sequence
from typing import ClassVar

from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.bulk_actions import ARCHIVE, BulkActions


class ArchivingOne(BulkActions):
    """Only that of the bulk actions; what was archived is brought back from the board."""

    COMMANDS: ClassVar[Sequence[Command]] = (ARCHIVE,)
