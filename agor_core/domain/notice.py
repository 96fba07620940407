"""Notices: what a person wants to be told of a session that is not in view. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from agor_core.domain.session import Session, SessionStatus


class NoticeKind(StrEnum):
    """What a notice tells."""

    NEEDS_YOU = "needs_you"
    FINISHED = "finished"
    FAILED = "failed"
    LIMITED = "limited"


WORDS = {
    NoticeKind.NEEDS_YOU: "needs you",
    NoticeKind.FINISHED: "has finished",
    NoticeKind.FAILED: "has failed",
    NoticeKind.LIMITED: "is limited",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """``text`` says who, where and what, on one line."""

    kind: NoticeKind
    session: Session
    text: str


def notice_of(before: Session | None, after: Session) -> Notice | None:
    """The notice that a change of a session gives; ``before`` is None if it is not known."""
    kind = _kind(before, after)
    return None if kind is None else Notice(kind, after, _text(kind, after))


def holds(notice: Notice, now: Session) -> bool:
    """Whether a notice still holds: nobody has answered, or opened the session, meanwhile."""
    if notice.kind is NoticeKind.NEEDS_YOU:
        return now.status is SessionStatus.AWAITING_PERMISSION
    if notice.kind is NoticeKind.LIMITED:
        return now.status is SessionStatus.RUNNING
    return now.unseen and now.archived_at is None


def _kind(before: Session | None, after: Session) -> NoticeKind | None:
    if after.archived_at is not None:
        return None
    came = before is None or before.status is not after.status
    match after.status:
        case SessionStatus.AWAITING_PERMISSION if came:
            return NoticeKind.NEEDS_YOU
        case SessionStatus.FAILED if came and after.unseen:
            return NoticeKind.FAILED
        case SessionStatus.IDLE if after.unseen and before is not None and (came or not before.unseen):
            return NoticeKind.FINISHED
        case SessionStatus.RUNNING if _limited(after) and not (before is not None and _limited(before)):
            return NoticeKind.LIMITED
        case _:
            return None


def _limited(session: Session) -> bool:
    notice = session.current.notice if session.current is not None else None
    return bool(notice) and "limit" in str(notice).lower()


def _text(kind: NoticeKind, session: Session) -> str:
    current = session.current
    what: str | None = None
    if current is not None:
        what = {
            NoticeKind.NEEDS_YOU: current.asks,
            NoticeKind.FINISHED: current.doing,
            NoticeKind.FAILED: current.error,
            NoticeKind.LIMITED: current.notice,
        }[kind]
    place = " ".join(filter(None, (session.repo.repo_slug, session.git_state.ref)))
    where = f" ({place})" if place else ""
    said = " ".join((what or "").split())
    return f"{session.title or 'untitled'}{where} {WORDS[kind]}" + (f": {said}" if said else "")
