"""A controller: a table of commands, the handler of each, and the reason why one is not available."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import ClassVar, NewType

from agor_tui.app.commands.command import Command

Reason = NewType("Reason", str)
"""One sentence: why a command is not available now."""


class Controller:
    """The commands of one concern and their handlers.

    ``without`` names the commands of the table that a screen leaves out or takes from another controller.
    """

    COMMANDS: ClassVar[Sequence[Command]] = ()
    """The command table."""

    def __init__(self, handlers: Mapping[Command, Callable[[], object]], *, without: Collection[Command] = ()) -> None:
        self.commands = tuple(command for command in self.COMMANDS if command not in without)
        self._handlers = handlers

    def offered(self, command: Command) -> Reason | None:  # noqa: ARG002 - most are always available
        """None if the command is available now, else the reason why it is not."""
        return None

    def label(self, command: Command) -> str:
        """The command's word in the footer."""
        return command.label

    def run(self, command: Command) -> Reason | None:
        """Call the command's handler if the command is available; return the reason if it is not."""
        reason = self.offered(command)
        if reason is None:
            self._handlers[command]()
        return reason
