"""The queued prompts of a session."""

from collections.abc import Sequence

from agor_core.domain.task import Task
from agor_tui.app.widgets.ink import InkLine
from agor_tui.app.widgets.lines import Line, truncated
from agor_tui.state.titles import task_title

MOST = 4


class QueueView(InkLine):
    """The first queued prompts and their number; hidden while there are none."""

    DEFAULT_CSS = "QueueView { height: auto; display: none; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._tasks: list[Task] = []
        self._paused = False

    def set_tasks(self, tasks: list[Task], *, paused: bool = False) -> None:
        """Set the queued tasks, the next one first."""
        if (tasks, paused) != (self._tasks, self._paused):
            self._tasks, self._paused = tasks, paused
            self.display = bool(tasks)
            self.styles.height = min(len(tasks), MOST) + 2
            self.refresh(layout=True)

    def lines(self, width: int) -> Sequence[Line]:
        shown = self._tasks[:MOST]
        mark = self.glyphs.queued
        rows: list[Line] = [[(f" {mark} ", "faint"), (task_title(task), "muted")] for task in shown]
        return [
            [],
            [(" QUEUE", "muted"), (f" {len(self._tasks)}", "faint"), (" paused" if self._paused else "", "warning")],
            *(truncated(row, width - 1) for row in rows),
        ]
