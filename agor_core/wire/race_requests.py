"""The request body of a race."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from agor_core.wire.requests import Command, Name, PromptText, Title

MOST_ATTEMPTS = 20
"""Attempts of one race, which all get a worktree and an agent."""


class CreateRace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /races``: ``times`` attempts by each of the ``agents`` at one prompt.

    ``at`` is a task by its id in any form, or by its position in ``session``: the attempts are forks of it then. Else
    they are new sessions in ``cwd`` or ``repo``, which begin at one commit: ``base``, or as new sessions do. ``check``
    is a command that runs after each attempt's task.
    """

    prompt: PromptText
    agents: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=MOST_ATTEMPTS)]
    times: Annotated[int, Meta(ge=1, le=MOST_ATTEMPTS)] = 1
    check: Command | None = None
    at: int | str | None = None
    session: str | None = None
    title: Title | None = None
    board: str | None = None
    cwd: str | None = None
    repo: str | None = None
    base: Name | None = None
    race_id: str | UnsetType = UNSET
