"""The footer: the keys of available commands, the most important first; keys that do not fit are left out."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message

from agor_tui.app.widgets.ink import InkLine
from agor_tui.app.widgets.lines import Line, cells


class Footer(InkLine):
    """One line of pairs of key and label."""

    DEFAULT_CSS = "Footer { background: $surface; dock: bottom; }"

    @dataclass
    class Pressed(Message):
        """A key was clicked; ``key`` is as the footer writes it."""

        key: str

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._keys: tuple[tuple[str, str], ...] = ()
        self._last: tuple[str, str] | None = None
        self._spots: list[tuple[range, str]] = []

    def on_click(self, event: events.Click) -> None:
        for cells_of_it, key in self._spots:
            if event.x in cells_of_it:
                self.post_message(self.Pressed(key))

    def set_keys(self, keys: Sequence[tuple[str, str]], last: tuple[str, str] | None = None) -> None:
        """Set the pairs of key and label, the most important first; ``last`` is at the right edge, if it fits."""
        self._keys, self._last = tuple(keys), last
        self.redraw()

    def lines(self, width: int) -> Sequence[Line]:
        last: Line = [*_pair(*self._last), (" ", "text")] if self._last else []
        line: Line = [(" ", "text")]
        kept = 0
        self._spots = []
        for key, label in self._keys:
            pair = [*_pair(key, label), ("  ", "text")]
            reserve = 0 if kept == len(self._keys) - 1 else 2
            if cells(line) + cells(pair) + reserve > width - cells(last):
                break
            self._spots.append((range(cells(line), cells(line) + cells(pair) - 2), key))
            line += pair
            kept += 1
        if kept < len(self._keys):
            line.append(("…", "faint"))
        gap = width - cells(line) - cells(last)
        if self._last and gap >= 0:
            self._spots.append((range(width - cells(last), width - 1), self._last[0]))
        return [[*line, (" " * gap, "text"), *last] if gap >= 0 else line]


def _pair(key: str, label: str) -> Line:
    return [(key, "accent"), (f" {label}", "muted")]
