"""The review of a session, as a client reads it; and the prompt that the comments of a review become. Pure."""

import re
from collections.abc import Sequence

import msgspec

from agor_core.domain.comment import Comment, CommentKind, Side
from agor_core.domain.session import Session
from agor_core.ids import SessionId

_FENCE = re.compile(r"`{3,}")


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """How far a session's review is. ``read`` are the keys of the changes that a person has read.

    Of the ``hunks`` of the session's changes since its base, ``unread`` have a change that is not among them.
    ``comments`` counts those that are open.
    """

    session_id: SessionId
    comments: int = 0
    unread: int | None = None
    hunks: int | None = None
    read: tuple[str, ...] = ()


def prompt_of(comments: Sequence[Comment], of: Session, *, to: Session) -> str:
    """The prompt that brings the comments on the work of a session to an agent, its own or another's."""
    questions = sum(comment.kind is CommentKind.QUESTION for comment in comments)
    parts = [f"{_whose(of, to)} {_asked(len(comments), questions)}"]
    parts += [_entry(number, comment) for number, comment in enumerate(comments, 1)]
    return "\n\n".join(parts)


def _whose(of: Session, to: Session) -> str:
    if of.session_id == to.session_id:
        return "This is a review of your work."
    branch = f", on the branch {of.git_state.ref}" if of.git_state.ref else ""
    return (
        f"This is a review of the work of another session, {of.short_id} ({of.title or 'untitled'}), "
        f"in {of.repo.cwd}{branch}."
    )


def _asked(count: int, questions: int) -> str:
    notes = count - questions
    changes = f"Do what {'the comment says' if notes == 1 else f'the {notes} comments say'}." if notes else ""
    answers = f"Answer the {'question' if questions == 1 else f'{questions} questions'}; change nothing for them."
    return " ".join(part for part in (changes, answers if questions else "") if part)


def _entry(number: int, comment: Comment) -> str:
    word = "question" if comment.kind is CommentKind.QUESTION else "comment"
    before = ", as it was before the change" if comment.side is Side.OLD else ""
    lines = [f"{number}. {comment.title}{before} ({word})"]
    if comment.snippet:
        fence = "`" * max(3, *(len(run) + 1 for run in _FENCE.findall(comment.snippet)), 0)
        lines += [fence, comment.snippet, fence]
    return "\n".join([*lines, comment.text])
