"""Queries of the app to the daemon for its boards: all sessions of a small store, of a large one those in view."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from agor_core.clock import timestamp
from agor_core.domain.agent import AgentInfo
from agor_core.domain.approval import Approval
from agor_core.domain.board import Board
from agor_core.domain.session import Session, SessionStatus
from agor_core.domain.task import Task
from agor_core.ids import BoardId, SessionId
from agor_tui.app.loading import PAGE, Calls, every, read
from agor_tui.state.board_columns import ColumnName
from agor_tui.state.session_counts import Counted

FEW = 400
"""Sessions up to which all are read at the start."""
FIRST = 40
"""Sessions of a column that are read first; of those that need the user FOR_YOU."""
FOR_YOU = 200
FURTHER = 200
"""Sessions that are read at once when a column is scrolled to its end."""

Query = Mapping[str, object]

_LATEST: Query = {"$sort[updated_at]": -1}
_OF_COLUMN: Mapping[ColumnName, Query] = {
    ColumnName.NEEDS_YOU: {"status": SessionStatus.AWAITING_PERMISSION, "$sort[updated_at]": 1},
    ColumnName.FAILED: {"status": SessionStatus.FAILED, **_LATEST},
    ColumnName.NEW: {"status": SessionStatus.IDLE, "unseen": "true", **_LATEST},
    ColumnName.RUNNING: {"status": SessionStatus.RUNNING, "$sort[created_at]": -1},
    ColumnName.IDLE: {"status": SessionStatus.IDLE, "unseen": "false", **_LATEST},
    ColumnName.DONE: {"status": SessionStatus.COMPLETED, **_LATEST},
}
"""The members of each column in its order, as :mod:`agor_tui.state.board_columns` sorts them."""


@dataclass(frozen=True, slots=True)
class ColumnPage:
    """The first sessions of a column, in its order, and how many it has."""

    name: ColumnName
    sessions: list[Session]
    total: int


@dataclass(frozen=True, slots=True)
class BoardRecords:
    """The records that boards show: all sessions, or where there are many the ``pages`` of all columns."""

    sessions: list[Session]
    pages: list[ColumnPage]
    boards: list[Board]
    approvals: list[Approval]
    agents: list[AgentInfo]
    since: str
    spending: list[Task]


def board_records(daemon: Calls, now: datetime) -> BoardRecords:
    """Read sessions, boards, pending approvals, agents, and the tasks of this day."""
    since = timestamp(now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0))
    spending = {"created_at[$gte]": since, "$sort[created_at]": -1, "$limit": PAGE, "$total": "false"}
    many = daemon.find("sessions", {"$limit": 0})["total"] > FEW
    return BoardRecords(
        sessions=[] if many else list(all_sessions(daemon)),
        pages=pages(daemon, None) if many else [],
        boards=list(every(daemon, "boards", Board, "board_id")),
        approvals=list(every(daemon, "approvals", Approval, "approval_id", status="pending")),
        agents=read(daemon.find("agents"), AgentInfo),
        since=since,
        spending=read(daemon.find("tasks", spending), Task),
    )


def all_sessions(daemon: Calls) -> Iterator[Session]:
    """Read all sessions that are not archived."""
    return every(daemon, "sessions", Session, "session_id")


def pages(daemon: Calls, board_id: BoardId | None) -> list[ColumnPage]:
    """Read the first sessions of each column of a board; None: of all sessions."""
    found = []
    for name, query in _OF_COLUMN.items():
        limit = FOR_YOU if name is ColumnName.NEEDS_YOU else FIRST
        page = daemon.find("sessions", {**query, **_on(board_id), "$limit": limit})
        found.append(ColumnPage(name, read(page, Session), page["total"]))
    return found


def page_after(daemon: Calls, board_id: BoardId | None, name: ColumnName, last: SessionId) -> list[Session]:
    """Read the sessions of a column after one of them."""
    beyond = {"$after": last, "$limit": FURTHER, "$total": "false"}
    return read(daemon.find("sessions", {**_OF_COLUMN[name], **_on(board_id), **beyond}), Session)


def counts(daemon: Calls, board_id: BoardId | None) -> Counted:
    """Count the sessions of each column of a board."""
    return {
        name: daemon.find("sessions", {**query, **_on(board_id), "$limit": 0})["total"]
        for name, query in _OF_COLUMN.items()
    }


def _on(board_id: BoardId | None) -> Query:
    return {} if board_id is None else {"board_id": board_id}
