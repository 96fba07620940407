"""The daemon's answers as records of the domain, and how a reference that a person typed becomes a filter."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.ids import is_id
from agor_core.wire.failure import Failure
from agor_tui.client.daemon import Daemon, DaemonError

T = TypeVar("T")

PAGE = 1000
"""The most that one find answers."""


def typed(kind: type[T], answer: Any) -> T:
    """An answer of the daemon as a record. Raises DaemonError if it is none."""
    try:
        return msgspec.convert(answer, kind)
    except msgspec.ValidationError as error:
        raise DaemonError(
            Failure(
                name="GeneralError",
                message=f"The daemon's answer is not what this version expects: {error}.",
                code=502,
                class_name="general-error",
            )
        ) from None


def found(daemon: Daemon, service: str, query: Mapping[str, object], limit: int) -> list[dict[str, Any]]:
    """Up to ``limit`` records, in as many pages as it takes."""
    records: list[dict[str, Any]] = []
    while len(records) < limit:
        size = min(PAGE, limit - len(records))
        asked = {**query, "$limit": size, "$skip": len(records), "$total": False}
        page = daemon.find(service, asked)["data"]
        records.extend(page)
        if len(page) < size:
            break
    return records


def reference(daemon: Daemon, service: str, given: str, field: str) -> str:
    """The full id behind a slug, a short id or a prefix."""
    return given if is_id(given) else str(daemon.get(service, given)[field])


def tasks_of(daemon: Daemon, session_id: str, limit: int = PAGE * 10) -> list[dict[str, Any]]:
    """A session's tasks in order of position."""
    return found(daemon, "tasks", {"session_id": session_id, "$sort[position]": 1}, limit)


def session_of(answer: Any) -> Session:
    """An answer as a session."""
    return typed(Session, answer)


def task_of(answer: Any) -> Task:
    """An answer as a task."""
    return typed(Task, answer)
