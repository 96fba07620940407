"""Titles for display: the name of a session or a task on one clean line, with a substitute for a missing one."""

from collections.abc import Sequence

from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_tui.state import clean

UNTITLED = "untitled"


def shown_title(title: str | None) -> str:
    """A title on one line; ``untitled`` if there is none."""
    return clean.line(title) or UNTITLED


def session_title(session: Session) -> str:
    """A session's title on one line."""
    return shown_title(session.title)


def sessions_title(sessions: Sequence[Session]) -> str:
    """The quoted title of one session, or the number of several."""
    return f"“{session_title(sessions[0])}”" if len(sessions) == 1 else f"{len(sessions)} sessions"


def task_title(task: Task) -> str:
    """A task's description, else the first line of its prompt that is not blank."""
    text = task.description or task.full_prompt
    return next((line for raw in clean.block(text).splitlines() if (line := clean.line(raw))), clean.ELLIPSIS)
