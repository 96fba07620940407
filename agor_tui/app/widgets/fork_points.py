"""The tasks of a session, to choose a fork point from."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from agor_core.domain.task import Task
from agor_core.domain.texts import short_sha
from agor_tui.app.widgets.ink import TONES
from agor_tui.app.widgets.lines import Line, cells, justified
from agor_tui.app.widgets.rows import Rows
from agor_tui.state.ages import took
from agor_tui.state.titles import task_title


class ForkPoints(Rows[Task], can_focus=True):
    """One line for each task: status, title, the commit at its end, duration."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", show=False),
        Binding("down,j", "step(1)", show=False),
    ]

    def key(self, item: Task) -> str:
        return item.task_id

    def draw(self, item: Task, width: int, *, selected: bool) -> list[Line]:
        mark = self.glyphs.task(item.status)
        left: Line = [
            (f"{self.glyphs.closed if selected else ' '} ", "accent"),
            (f"{item.position:>2} ", "strong" if selected else "muted"),
            (f"{mark.glyph} ", TONES[mark.tone]),
            (task_title(item), "strong" if selected else "text"),
        ]
        sha = item.git_state.sha_at_end or ""
        length = took(item.started_at, item.completed_at, self.environment.clock.now()) if item.ended else "now"
        right: Line = [(f"{short_sha(sha):<13}", "faint"), (f"{length:>6}", "faint")]
        return [justified(left, right, width) if width - cells(right) > 24 else left]

    def action_step(self, step: int) -> None:
        """Move to the next task, or past the last one to the next field."""
        if 0 <= self.index + step < len(self.items):
            self.move(step)
        elif step > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()
