"""The side of a session: its plan, its git state, its tree and its costs."""

from collections.abc import Iterable

from agor_core.domain.session import Session, SessionStatus
from agor_core.domain.standing import SessionStanding
from agor_core.domain.task import PlanStatus, Task, TaskStatus
from agor_core.domain.texts import short_sha
from agor_tui.app.widgets import standing_lines
from agor_tui.app.widgets.cards import check_line, diffstat_line, origin_glyph
from agor_tui.app.widgets.conversation_items import end_reason
from agor_tui.app.widgets.ink import TONES, InkView
from agor_tui.app.widgets.lines import Line, joined, justified, truncated, wrap
from agor_tui.state import clean
from agor_tui.state.conversation import Conversation
from agor_tui.state.figures import files, money, tokens
from agor_tui.state.genealogy_rows import genealogy_rows
from agor_tui.state.glyphs import Glyphs
from agor_tui.state.landing_facts import pull, where
from agor_tui.state.reviewing import left_of
from agor_tui.state.session_place import branch_label
from agor_tui.state.session_status import mark_of
from agor_tui.state.titles import session_title

MOST_REASON = 6
"""Lines of a failure's reason; the conversation shows all of it."""
DEEPEST = 5
"""Levels of the tree that are indented."""


class Side(InkView):
    """The facts of a session, without interaction."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._of: tuple[Session, Conversation, Task | None, SessionStanding | None] | None = None

    def set_session(
        self, session: Session, conversation: Conversation, task: Task | None, seen: SessionStanding | None = None
    ) -> None:
        """Set the session, how its files were seen to stand, and the task whose plan and changes are shown."""
        self._of = (session, conversation, task, seen)
        self.relayout()

    def on_resize(self) -> None:
        self.relayout()

    def relayout(self) -> None:
        """Draw the parts that are not empty."""
        if self._of is None or not self.is_mounted or not self.size:
            return
        session, conversation, task, seen = self._of
        room = self.line_width - 2
        parts = (
            _failure(session, conversation, room),
            _plan(task, self.glyphs, room),
            _git(session, seen, self.glyphs, room),
            _review(session, room),
            _check(session, self.glyphs, room),
            _of_task(task, self.glyphs, room),
            _tree(session, conversation, self.glyphs, room),
            _taken(session, room),
        )
        lines: list[Line] = []
        for part in parts:
            if part:
                lines += [*part, []]
        self.set_lines([([(" ", "text"), *line], False) for line in lines])


def _heading(name: str, right: str, room: int) -> Line:
    return justified([(name, "muted")], [(right, "faint")], room) if right else [(name, "muted")]


def _failure(session: Session, conversation: Conversation, room: int) -> list[Line]:
    """The reason of a failed session: that of its last failed task."""
    failed = next((task for task in reversed(conversation.ordered_tasks()) if task.status is TaskStatus.FAILED), None)
    if session.status is not SessionStatus.FAILED or failed is None:
        return []
    why = wrap([(end_reason(failed), "del")], room)[:MOST_REASON]
    return [_heading("FAILED", f"task {failed.position}", room), *why]


def _plan(task: Task | None, glyphs: Glyphs, room: int) -> list[Line]:
    if task is None or not task.plan:
        return []
    done = sum(entry.status is PlanStatus.COMPLETED for entry in task.plan)
    lines = [_heading("PLAN", f"{done}/{len(task.plan)}", room)]
    for entry in task.plan:
        left = entry.status is PlanStatus.IN_PROGRESS and task.ended
        status = PlanStatus.PENDING if left else entry.status
        mark = glyphs.plan(status)
        ink = {PlanStatus.COMPLETED: "faint", PlanStatus.IN_PROGRESS: "strong"}.get(status, "muted")
        wrapped = wrap([(clean.line(entry.content), ink)], room - 2)
        lines += [
            [(f"{mark.glyph} " if not number else "  ", TONES[mark.tone]), *line] for number, line in enumerate(wrapped)
        ]
    return lines


def _git(session: Session, seen: SessionStanding | None, glyphs: Glyphs, room: int) -> list[Line]:
    if not branch_label(session):
        folder: Line = [(clean.cut_start(standing_lines.folder(session, seen), room), "faint")]
        return [[("GIT", "muted")], [("outside git", "faint")], folder]
    head = _heading("GIT", short_sha(session.git_state.current_sha or ""), room)
    ways = [where(session.landed)] if session.landed is not None else []
    ways += [pull(session.pull_request)] if session.pull_request is not None else []
    return [head, *standing_lines.side(session, seen, glyphs, room), *([(clean.cut(it, room), "muted")] for it in ways)]


def _review(session: Session, room: int) -> list[Line]:
    left = left_of(session)
    return [_heading("REVIEW", "", room), [(left, "accent")]] if left else []


def _check(session: Session, glyphs: Glyphs, room: int) -> list[Line]:
    """The latest check of the session's files."""
    if session.check is None:
        return []
    command: Line = [(clean.cut(clean.line(session.check.command), room), "faint")]
    return [[("CHECK", "muted")], truncated(check_line(session, glyphs), room), command]


def _of_task(task: Task | None, glyphs: Glyphs, room: int) -> list[Line]:
    """What the task under the timeline's cursor changed."""
    if task is None:
        return []
    state, lines = task.git_state, list[Line]()
    if state.diffstat is not None and state.diffstat.files:
        counted: Line = [(files(state.diffstat.files), "faint")]
        figures = diffstat_line(state.diffstat, glyphs)
        lines = [joined([figures, counted if figures != counted else []]), *_names(task.files, room)]
    if state.left_out:
        lines += [[("too large for the checkpoint", "warning")], *_names(state.left_out, room)]
    return [_heading(f"TASK {task.position}", "", room), *lines] if lines else []


def _names(paths: Iterable[str], room: int, most: int = 8) -> list[Line]:
    shown = [clean.line(path) for path in paths]
    lines: list[Line] = [[("  ", "text"), (clean.cut_start(path, room - 2), "muted")] for path in shown[:most]]
    return [*lines, [(f"  and {len(shown) - most} more", "faint")]] if len(shown) > most else lines


def _tree(session: Session, conversation: Conversation, glyphs: Glyphs, room: int) -> list[Line]:
    genealogy = conversation.genealogy
    if genealogy is None or len(genealogy.sessions) < 2:
        return []
    lines: list[Line] = [_heading("TREE", str(len(genealogy.sessions)), room)]
    above = {edge.target: edge.source for edge in genealogy.edges}
    for row in genealogy_rows(genealogy, here=session.session_id, glyphs=glyphs):
        mark = mark_of(row.session, glyphs)
        depth, one = 0, row.session.session_id
        while one in above and depth < DEEPEST:
            depth, one = depth + 1, above[one]
        kin = origin_glyph(row.session, glyphs)
        name = session_title(row.session)
        left: Line = [
            ("  " * depth, "text"),
            (f"{kin} " if kin else "", "faint"),
            (name, "strong" if row.here else "muted"),
        ]
        right: Line = [(f"{glyphs.here} " if row.here else "", "accent"), (mark.glyph, TONES[mark.tone])]
        lines.append(justified(left, right, room))
    return lines


def _taken(session: Session, room: int) -> list[Line]:
    usage = session.usage
    cost: Line = [(money(usage.cost_usd), "muted")]
    count = usage.input_tokens + usage.output_tokens
    used: Line = [(f"{tokens(count)} tokens" if count else "", "faint")]
    line = joined([cost, used])
    return [[("USAGE", "muted")], truncated(line, room)] if line else []
