"""The footer: the keys that work here and now, the most important first; those without room are left out whole."""

from collections.abc import Sequence

from agor_tui.app.widgets.ink import InkLine
from agor_tui.app.widgets.lines import Line, cells


class Footer(InkLine):
    """One line of keys and what they do, as pairs of both."""

    DEFAULT_CSS = "Footer { background: $surface; dock: bottom; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._keys: tuple[tuple[str, str], ...] = ()
        self._last: tuple[str, str] | None = None

    def offer(self, keys: Sequence[tuple[str, str]], last: tuple[str, str] | None = None) -> None:
        """Show these; ``last`` stands at the right edge, where there is room."""
        self._keys, self._last = tuple(keys), last
        self.redraw()

    def lines(self, width: int) -> Sequence[Line]:
        last: Line = [*_pair(*self._last), (" ", "text")] if self._last else []
        line: Line = [(" ", "text")]
        kept = 0
        for key, label in self._keys:
            pair = [*_pair(key, label), ("  ", "text")]
            reserve = 0 if kept == len(self._keys) - 1 else 2
            if cells(line) + cells(pair) + reserve > width - cells(last):
                break
            line += pair
            kept += 1
        if kept < len(self._keys):
            line.append(("…", "faint"))
        gap = width - cells(line) - cells(last)
        return [[*line, (" " * gap, "text"), *last] if gap >= 0 else line]


def _pair(key: str, label: str) -> Line:
    return [(key, "accent"), (f" {label}", "muted")]
