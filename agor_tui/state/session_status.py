"""A session's status in detail: since when it has it, and why a session failed."""

from agor_core.domain.approval import Approval
from agor_core.domain.session import Session, SessionStatus
from agor_core.domain.task import TaskStatus
from agor_tui.state import clean
from agor_tui.state.glyphs import Glyphs, Mark


def status_since(session: Session, asked: Approval | None) -> str:
    """The start time of the session's status, as far as it is known; ``asked`` is its pending approval."""
    current = session.current
    if current is None:
        return session.created_at
    match session.status:
        case SessionStatus.AWAITING_PERMISSION if asked is not None:
            known: str | None = asked.created_at
        case SessionStatus.AWAITING_PERMISSION | SessionStatus.RUNNING:
            known = current.started_at
        case _:
            known = current.completed_at
    return known or session.updated_at


def mark_of(session: Session, glyphs: Glyphs) -> Mark:
    """The mark of a session's status; that of one whose last task was cancelled says so."""
    current = session.current
    if session.status is SessionStatus.IDLE and current is not None and current.status is TaskStatus.CANCELLED:
        return glyphs.task(TaskStatus.CANCELLED)
    return glyphs.session(session.status, unseen=session.unseen)


def failure_reason(session: Session) -> str:
    """The first line of the error of a failed session; empty for any other."""
    failed = session.current if session.status is SessionStatus.FAILED else None
    error = failed.error if failed is not None else None
    return clean.line(clean.block(error or "").strip().split("\n")[0])
