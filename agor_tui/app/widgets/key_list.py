"""The list of a screen's commands with their keys."""

from collections.abc import Mapping, Sequence

from agor_tui.app.commands.command import Command
from agor_tui.app.widgets.ink import InkView
from agor_tui.app.widgets.lines import Line, cells, justified, wrap
from agor_tui.state import clean

INDENT = 16
"""Cells before a title, with its keys."""


class KeyList(InkView):
    """Commands by group, filtered."""

    def __init__(self, commands: Sequence[Command], keymap: Mapping[str, str], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._commands = commands
        self._keymap = keymap
        self._text = ""

    def set_filter(self, text: str) -> None:
        """Show only commands that have every word of ``text`` in their keys, title, label or id."""
        self._text = text
        self.relayout()

    def on_mount(self) -> None:
        self.relayout()

    def on_resize(self) -> None:
        self.relayout()

    def relayout(self) -> None:
        """Draw the commands that pass the filter."""
        groups: dict[str, list[Line]] = {}
        for command in self._commands:
            keys = " ".join(command.keys_now(self._keymap))
            searched = f"{keys} {command.title} {command.id} {command.label}".casefold()
            if all(word in searched for word in self._text.casefold().split()):
                groups.setdefault(command.group, []).extend(self._of(keys, command))
        lines: list[Line] = []
        for group, members in groups.items():
            lines += [[(f" {group.upper()}", "muted")], *members, []]
        self.set_lines([(line, False) for line in lines or [[("  No key does that.", "faint")]]])

    def _of(self, keys: str, command: Command) -> list[Line]:
        """The keys, the title and at the right the command's id; on two lines where one is too short."""
        width = self.line_width - 1
        name: Line = [(command.id, "faint")]
        first, *rest = wrap([(command.title, "text")], max(16, width - INDENT))
        line: Line = [("  ", "text"), (clean.pad(keys, INDENT - 2), "accent"), *first]
        if not rest and cells(line) + cells(name) + 2 <= width:
            return [justified(line, name, width)]
        left: Line = [(" " * INDENT, "text"), *(rest[0] if rest else [])]
        return [line, justified(left, name, width)]
