"""The timeline: inherited tasks, the session's own tasks, and the forks and spawns of each."""

from dataclasses import dataclass

from agor_core.domain.genealogy import forked_at_start
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_tui.app.widgets.cards import diffstat_line, origin_glyph
from agor_tui.app.widgets.conversation_items import end_reason
from agor_tui.app.widgets.ink import BAR, TONES
from agor_tui.app.widgets.lines import Line, joined_within, justified, truncated
from agor_tui.app.widgets.rows import Rows
from agor_tui.state import check_facts, clean
from agor_tui.state.ages import took
from agor_tui.state.conversation import Conversation
from agor_tui.state.session_status import mark_of
from agor_tui.state.titles import session_title, task_title


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """A task, or a session that was branched off at the task: a fork or a spawn."""

    task: Task
    branched: Session | None = None
    inherited: bool = False


def timeline_rows(conversation: Conversation) -> list[TimelineRow]:
    """The rows of a conversation's timeline, the oldest first, without the queued tasks."""
    rows = [TimelineRow(task, inherited=True) for task in conversation.inherited.tasks]
    genealogy = conversation.genealogy
    sessions = {session.session_id: session for session in genealogy.sessions} if genealogy else {}
    for task in conversation.ordered_tasks():
        targets = [edge.target for edge in genealogy.edges if edge.task_id == task.task_id] if genealogy else []
        branched = [TimelineRow(task, branched=sessions[target]) for target in targets if target in sessions]
        rows += [row for row in branched if row.branched and forked_at_start(row.branched)]
        if task.waiting:
            continue
        rows.append(TimelineRow(task))
        rows += [row for row in branched if row.branched and not forked_at_start(row.branched)]
    return rows


def queued_tasks(conversation: Conversation) -> list[Task]:
    """The tasks that wait for their turn."""
    return [task for task in conversation.ordered_tasks() if task.waiting]


def given_prompts(conversation: Conversation) -> list[str]:
    """The prompts that people gave the session, the oldest first; one that was repeated at once counts once."""
    given: list[str] = []
    for task in conversation.ordered_tasks():
        if not given or given[-1] != task.full_prompt:
            given.append(task.full_prompt)
    return given


class Timeline(Rows[TimelineRow]):
    """Two lines for each task, a third for the reason of a failure, and one for each fork or spawn."""

    def key(self, item: TimelineRow) -> str:
        return item.branched.session_id if item.branched else item.task.task_id

    def draw(self, item: TimelineRow, width: int, *, selected: bool) -> list[Line]:
        edge: Line = [(BAR if selected and self.active else " ", "accent")]
        if item.branched is not None:
            mark = mark_of(item.branched, self.glyphs)
            name: Line = [
                ("   ", "text"),
                (f"{origin_glyph(item.branched, self.glyphs)} ", "faint"),
                (session_title(item.branched), "muted"),
            ]
            return [[*edge, *justified(name, [(mark.glyph, TONES[mark.tone]), (" ", "text")], width - 1)]]
        return [[*edge, *line] for line in self._task_lines(item, width - 2, selected=selected)]

    def _task_lines(self, item: TimelineRow, room: int, *, selected: bool) -> list[Line]:
        task, glyphs = item.task, self.glyphs
        mark = glyphs.task(task.status)
        ink = "faint" if item.inherited else "strong" if selected else "text"
        head: Line = [
            (f"{task.position:>2} ", "faint" if item.inherited else "muted"),
            (f"{mark.glyph} ", "faint" if item.inherited else TONES[mark.tone]),
            (clean.cut(task_title(task), room - 5), ink),
        ]
        length = took(task.started_at, task.completed_at, self.environment.clock.now())
        stat = diffstat_line(task.git_state.diffstat, glyphs)
        if item.inherited:
            stat = [(text, "faint") for text, _ in stat]
        said: Line = [("inherited", "faint")] if item.inherited else []
        judged = check_facts.in_short(task, glyphs)
        checked: Line = [] if judged is None else [(judged.text, "faint" if item.inherited else TONES[judged.tone])]
        parts = (said, [(length, "faint")], stat, checked)
        facts: Line = joined_within([part for part in parts if part], room - 5)
        lines: list[Line] = [head, [("     ", "text"), *facts]]
        if reason := end_reason(task):
            why = [(reason, "faint" if item.inherited else TONES[mark.tone])]
            lines.append([("     ", "text"), *truncated(why, room - 5)])
        return lines
