"""The daemon's answers as records of the domain, paged lists, and references as full ids."""

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
"""The largest page of a find."""


def typed(kind: type[T], answer: Any) -> T:
    """Convert an answer of the daemon to a record. Raises DaemonError if it does not fit."""
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
    """Find up to ``limit`` records, in pages."""
    records: list[dict[str, Any]] = []
    while len(records) < limit:
        size = min(PAGE, limit - len(records))
        page = daemon.find(service, {**query, "$limit": size, "$skip": len(records), "$total": False})
        records.extend(page["data"])
        if len(page["data"]) < size and "next" not in page:
            break
    return records


def reference(daemon: Daemon, service: str, given: str, field: str) -> str:
    """The full id for a slug, a short id or a prefix."""
    return given if is_id(given) else str(daemon.get(service, given)[field])


def tasks_of(daemon: Daemon, session_id: str, limit: int = PAGE * 10) -> list[dict[str, Any]]:
    """The newest of a session's tasks, in order of position."""
    return found(daemon, "tasks", {"session_id": session_id, "$sort[position]": -1}, limit)[::-1]


def session_of(answer: Any) -> Session:
    """Convert an answer to a session."""
    return typed(Session, answer)


def task_of(answer: Any) -> Task:
    """Convert an answer to a task."""
    return typed(Task, answer)
