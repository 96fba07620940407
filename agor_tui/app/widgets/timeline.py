"""The timeline: a session's tasks, those that it inherited above them, and the forks and spawns that left each."""

from dataclasses import dataclass

from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_tui.app.widgets.cards import coloured, kinship, title
from agor_tui.app.widgets.fork_points import first_line
from agor_tui.app.widgets.ink import BAR, TONES
from agor_tui.app.widgets.lines import Line, apart, fit, fitting
from agor_tui.app.widgets.rows import Rows
from agor_tui.app.widgets.talk import WAITING, ending
from agor_tui.state import clean
from agor_tui.state.ages import took
from agor_tui.state.conversation import Conversation
from agor_tui.state.genealogy_rows import at_start


@dataclass(frozen=True, slots=True)
class Moment:
    """One row: a task with its place in the history, or a session that left here, after its task or before it."""

    task: Task
    left: Session | None = None
    inherited: bool = False


def moments(conversation: Conversation) -> list[Moment]:
    """What a timeline shows, the oldest first; queued tasks are not history yet and shown elsewhere."""
    rows = [Moment(task, inherited=True) for task in conversation.inherited.tasks]
    family = conversation.family
    sessions = {session.session_id: session for session in family.sessions} if family else {}
    for task in conversation.in_order():
        left = [edge.target for edge in family.edges if edge.task_id == task.task_id] if family else []
        leaving = [Moment(task, left=sessions[target]) for target in left if target in sessions]
        rows += [moment for moment in leaving if moment.left and at_start(moment.left)]
        if task.status in WAITING:
            continue
        rows.append(Moment(task))
        rows += [moment for moment in leaving if moment.left and not at_start(moment.left)]
    return rows


def queue(conversation: Conversation) -> list[Task]:
    """The prompts that wait for their turn."""
    return [task for task in conversation.in_order() if task.status in WAITING]


class Timeline(Rows[Moment]):
    """Two lines a task and one for why it failed, one line a session that left."""

    def key(self, item: Moment) -> str:
        return item.left.session_id if item.left else item.task.task_id

    def draw(self, item: Moment, width: int, *, selected: bool) -> list[Line]:
        edge: Line = [(BAR if selected and self.active else " ", "accent")]
        if item.left is not None:
            mark = self.glyphs.session(item.left.status)
            name: Line = [
                ("   ", "text"),
                (f"{kinship(item.left, self.glyphs)} ", "faint"),
                (title(item.left), "muted"),
            ]
            return [[*edge, *apart(name, [(mark.glyph, TONES[mark.tone]), (" ", "text")], width - 1)]]
        return [[*edge, *line] for line in self._task_lines(item, width - 2, selected=selected)]

    def _task_lines(self, item: Moment, room: int, *, selected: bool) -> list[Line]:
        task, glyphs = item.task, self.glyphs
        mark = glyphs.task(task.status)
        ink = "faint" if item.inherited else "strong" if selected else "text"
        head: Line = [
            (f"{task.position:>2} ", "faint" if item.inherited else "muted"),
            (f"{mark.glyph} ", "faint" if item.inherited else TONES[mark.tone]),
            (clean.cut(first_line(task), room - 5), ink),
        ]
        length = took(task.started_at, task.completed_at, self.surroundings.clock.now())
        stat = coloured(task.git_state.diffstat, glyphs)
        if item.inherited:
            stat = [(text, "faint") for text, _ in stat]
        said: Line = [("inherited", "faint")] if item.inherited else []
        facts: Line = fitting([part for part in (said, [(length, "faint")], stat) if part], room - 5)
        lines: list[Line] = [head, [("     ", "text"), *facts]]
        if reason := ending(task):
            why = [(reason, "faint" if item.inherited else TONES[mark.tone])]
            lines.append([("     ", "text"), *fit(why, room - 5)])
        return lines
