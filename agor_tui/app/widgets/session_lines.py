"""A session in one line: for the header, and in place of the side on narrow screens. Pure."""

from agor_core.domain.session import Session, SessionStatus
from agor_core.domain.standing import SessionStanding
from agor_core.domain.task import PlanStatus, Task
from agor_core.domain.texts import short_sha
from agor_tui.app.commands.command import key
from agor_tui.app.widgets import standing_lines
from agor_tui.app.widgets.cards import changes_line, check_line
from agor_tui.app.widgets.ink import TONES
from agor_tui.app.widgets.lines import Line, joined
from agor_tui.state import clean
from agor_tui.state.agent_options import in_use
from agor_tui.state.conversation import Conversation
from agor_tui.state.glyphs import Glyphs
from agor_tui.state.session_status import mark_of
from agor_tui.state.titles import session_title

WIDE, BROAD = 110, 150
"""Columns from which the short id and the number of files are shown, and the folder."""


def location(
    session: Session, board: str, glyphs: Glyphs, seen: SessionStanding | None = None, columns: int = BROAD
) -> Line:
    """The board, title, agent, model and mode, short id, branch, its target, changes since the base, and the folder."""
    wide, broad = columns >= WIDE, columns >= BROAD
    facts = joined(
        [
            [(clean.line(session.agent), "muted")],
            *([(clean.line(one), "muted")] for one in in_use(session)),
            [(session.short_id if wide else "", "faint")],
            standing_lines.branch(session, seen, glyphs),
            standing_lines.changed(session, seen, glyphs) if wide else changes_line(session, glyphs),
            [(standing_lines.folder(session, seen) if broad else "", "faint")],
        ]
    )
    return [(f"{clean.line(board)} / ", "faint"), (session_title(session), "strong"), ("   ", "text"), *facts]


def status(session: Session, glyphs: Glyphs) -> Line:
    """The status as glyph and word."""
    mark = mark_of(session, glyphs)
    return [(f"{mark.glyph} {mark.word}", TONES[mark.tone])]


def summary(
    session: Session, conversation: Conversation, task: Task | None, glyphs: Glyphs, seen: SessionStanding | None = None
) -> Line:
    """Plan, queue, git, tree and folder in one line."""
    plan: Line = []
    if task is not None and task.plan:
        done = sum(entry.status is PlanStatus.COMPLETED for entry in task.plan)
        step = next((entry.content for entry in task.plan if entry.status is PlanStatus.IN_PROGRESS), "")
        plan = [("plan ", "faint"), (f"{done}/{len(task.plan)}", "muted")]
        if step and not task.ended:
            plan += [(f"  {glyphs.running} ", "accent"), (clean.line(step), "text")]
    sha = short_sha(session.git_state.current_sha or "")
    git: Line = [("git ", "faint"), (sha, "muted")] if sha else []
    if seen is not None and seen.uncommitted:
        git += [(f"  {seen.uncommitted} uncommitted", "accent")]
    kin = len(conversation.genealogy.sessions) if conversation.genealogy else 1
    tree: Line = [("tree ", "faint"), (f"{kin}", "muted")] if kin > 1 else []
    waiting = sum(one.waiting for one in conversation.tasks.values())
    queued: Line = [("queue ", "faint"), (f"{waiting}", "muted")] if waiting else []
    if session.queue_paused:
        queued.append((" paused", "warning"))
    return joined(
        [plan, queued, check_line(session, glyphs), git, tree, [(standing_lines.folder(session, seen), "faint")]]
    )


def placeholder(*, loaded: bool, late: bool) -> Line:
    """The text of an empty conversation; while it loads none, or after some time a note."""
    if loaded:
        return [("Nothing was said yet; write the first prompt below.", "faint")]
    return [("loading…", "faint")] if late else []


def invitation(session: Session, *, away: bool, writing: bool) -> str:
    """What the empty prompt says: what sending it does, or what comes first."""
    if away:
        return f"archived elsewhere; {key('session.undo')} brings it back, esc leaves"
    if session.status is SessionStatus.AWAITING_PERMISSION and writing:
        keys = [key(f"approval.{answer}") for answer in ("allow", "always", "deny")]
        return "the agent waits for an answer: esc, then {}, {} or {}".format(*keys)
    if session.queue_paused:
        return f"prompt; the queue is paused, {key('session.queue', 'w')} shows it"
    return "prompt; it is queued while a task runs" if session.active else "prompt; enter sends"
