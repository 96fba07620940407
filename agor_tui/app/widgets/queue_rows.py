"""The queued tasks of a session, to choose one from."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from agor_core.domain.task import Task
from agor_tui.app.widgets.lines import Line, truncated
from agor_tui.app.widgets.rows import Rows
from agor_tui.state.titles import task_title


class QueueRows(Rows[Task], can_focus=True):
    """One line for each task, with its place in the queue."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", show=False),
        Binding("down,j", "step(1)", show=False),
    ]

    def key(self, item: Task) -> str:
        return item.task_id

    def draw(self, item: Task, width: int, *, selected: bool) -> list[Line]:
        place = next(index for index, task in enumerate(self.items, 1) if task is item)
        line: Line = [
            (f"{self.glyphs.closed if selected else ' '} ", "accent"),
            (f"{place:>2} ", "strong" if selected else "muted"),
            (f"{self.glyphs.queued} ", "faint"),
            (task_title(item), "strong" if selected else "text"),
        ]
        return [truncated(line, width)]

    def action_step(self, step: int) -> None:
        """Move the cursor."""
        self.move(step)
