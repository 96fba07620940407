"""The filter of a board: the words that a session must contain."""

from collections.abc import Callable

from agor_core.domain.session import Session
from agor_tui.state.board_columns import column_of

LEAST_DIGITS = 4
"""Digits from which a word of a filter may be the prefix of an id."""


def keeps(text: str) -> Callable[[Session], bool]:
    """A filter as a predicate: a session must contain every word; a leading ``!`` negates it."""
    inverted = text.startswith("!")
    words = text.removeprefix("!").casefold().split()
    if not words:
        return lambda _: True

    def kept(session: Session) -> bool:
        haystack = searched(session)
        return all(word in haystack or _names(session, word) for word in words) is not inverted

    return kept


def searched(session: Session) -> str:
    """The text that a filter searches, case folded: title, agent, status, branch, repository, plan step, approval."""
    parts = (
        session.title,
        session.agent,
        column_of(session),
        session.status.replace("_", " "),
        session.git_state.ref,
        session.repo.repo_slug,
        session.repo.worktree_name,
        session.current.step if session.current else None,
        session.current.asks if session.current else None,
        *session.concepts,
    )
    return "\n".join(part for part in parts if part).casefold()


def _names(session: Session, word: str) -> bool:
    """Whether a word is a prefix of the session's id or short id."""
    digits = word.replace("-", "")
    return len(digits) >= LEAST_DIGITS and (
        session.short_id.startswith(digits) or session.session_id.replace("-", "").startswith(digits)
    )
