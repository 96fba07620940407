"""The mapping of each kind of record to its table."""

from typing import Any

from sqlalchemy import func, select

from agor_core.db import tables
from agor_core.domain.approval import Approval
from agor_core.domain.board import Board
from agor_core.domain.check import Check
from agor_core.domain.comment import Comment
from agor_core.domain.landing import Landing
from agor_core.domain.message import Message
from agor_core.domain.race import Race
from agor_core.domain.repo import Repo
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.domain.texts import cut
from agor_core.domain.worktree import Worktree
from agor_core.repositories.mapping import RecordMapping

AnyMapping = RecordMapping[Any]
_TITLE_LENGTH = 60


def _begin(text: str) -> str:
    return cut(text.strip().partition("\n")[0], _TITLE_LENGTH)


SESSIONS = RecordMapping(
    Session,
    tables.sessions,
    service="sessions",
    kind="session",
    title=lambda session: session.title,
    derived=("tasks", "genealogy.children"),
)

TASKS = RecordMapping(
    Task,
    tables.tasks,
    service="tasks",
    kind="task",
    title=lambda task: task.description or _begin(task.full_prompt),
)

MESSAGES = RecordMapping(
    Message, tables.messages, service="messages", kind="message", title=lambda message: _begin(message.text)
)

BOARDS = RecordMapping(
    Board,
    tables.boards,
    service="boards",
    kind="board",
    title=lambda board: board.name,
    derived=("session_count",),
    computed={
        "session_count": select(func.count())
        .where(tables.sessions.c.board_id == tables.boards.c.board_id, tables.sessions.c.archived_at.is_(None))
        .scalar_subquery()
    },
)

REPOS = RecordMapping(Repo, tables.repos, service="repos", kind="repo", title=lambda repo: repo.name)

WORKTREES = RecordMapping(
    Worktree, tables.worktrees, service="worktrees", kind="worktree", title=lambda worktree: worktree.name
)

APPROVALS = RecordMapping(
    Approval, tables.approvals, service="approvals", kind="approval", title=lambda approval: approval.tool.title
)

COMMENTS = RecordMapping(
    Comment, tables.comments, service="comments", kind="comment", title=lambda comment: _begin(comment.text)
)

LANDINGS = RecordMapping(
    Landing,
    tables.landings,
    service="landings",
    kind="landing",
    title=lambda landing: f"{_begin(landing.message)} in {landing.target}",
)
CHECKS = RecordMapping(Check, tables.checks, service="checks", kind="check", title=lambda check: _begin(check.command))

RACES = RecordMapping(Race, tables.races, service="races", kind="race", title=lambda race: _begin(race.prompt))
