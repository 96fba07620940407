"""The header: the location at the left, the status of sessions and daemon at the right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message

from agor_tui.app.widgets.ink import InkLine
from agor_tui.app.widgets.lines import Line, cells, joined, justified, truncated
from agor_tui.state.board_columns import ColumnName
from agor_tui.state.figures import money
from agor_tui.state.glyphs import Glyphs


class Header(InkLine):
    """One line. ``location`` is the path to what is shown; ``tab`` is the index of the shown tab."""

    DEFAULT_CSS = "Header { background: $surface; }"

    @dataclass
    class TabPressed(Message):
        """A tab was clicked."""

        tab: int

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.location: Line = []
        self.tabs: tuple[str, ...] = ()
        self.tab = 0
        self.status: Line = []
        self._ends: list[tuple[int, int]] = []

    def on_click(self, event: events.Click) -> None:
        before = 1 + cells(self.location)
        for tab, end in self._ends:
            if before <= event.x < end:
                self.post_message(self.TabPressed(tab))
                return
            before = end

    def lines(self, width: int) -> Sequence[Line]:
        right = [*self.status, (" ", "text")] if self.status else []
        room = width - cells(right) - 2
        return [justified([(" ", "text"), *self.location, *self._tabs(room - cells(self.location))], right, width)]

    def _tabs(self, room: int) -> Line:
        """All tabs, or if they do not fit those around the shown one."""
        if not self.tabs:
            return []
        shown = [
            [
                (f"{self.glyphs.closed} " if index == self.tab else "  ", "accent"),
                (name, "accent-strong" if index == self.tab else "muted"),
                ("  ", "text"),
            ]
            for index, name in enumerate(self.tabs)
        ]
        first = 0
        while first < self.tab and sum(cells(tab) for tab in shown[first : self.tab + 1]) > room:
            first += 1
        end = 1 + cells(self.location)
        self._ends = []
        for tab in range(first, len(shown)):
            end += cells(shown[tab])
            self._ends.append((tab, end))
        return truncated([span for tab in shown[first:] for span in tab], room)


def status_summary(
    counted: Mapping[ColumnName, int], *, spent: float, connected: bool, glyphs: Glyphs, wide: bool
) -> Line:
    """The numbers of sessions that need you, are new and run, and today's cost; or that the daemon is away."""
    if not connected:
        return [(f"reconnecting{glyphs.ellipsis}", "faint")]
    needs, new = counted.get(ColumnName.NEEDS_YOU, 0), counted.get(ColumnName.NEW, 0)
    runs = counted.get(ColumnName.RUNNING, 0)
    waiting: Line = []
    if needs:
        words = (" need you" if needs > 1 else " needs you") if wide else ""
        waiting = [(f"{glyphs.needs_you} {needs}{words}", "warning-strong")]
    fresh: Line = [(f"{glyphs.new} {new}" + (" new" if wide else ""), "strong")] if new else []
    running: Line = [
        (f"{glyphs.running} ", "accent" if runs else "faint"),
        (f"{runs}" + (" running" if wide else ""), "muted"),
    ]
    cost: Line = [(f"{money(spent)} today", "muted")] if wide and money(spent) else []
    return joined([waiting, fresh, running, cost])
