"""Adds to each session's ``current`` when its task started and ended, and why it failed."""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BATCH = 200
LONGEST_ERROR = 500

sessions = sa.table("sessions", sa.column("session_id"), sa.column("current"))
tasks = sa.table("tasks", sa.column("task_id"), sa.column("started_at"), sa.column("completed_at"), sa.column("data"))


def upgrade() -> None:
    for currents in _batches():
        wanted = {current.get("task_id") for current in currents.values()}
        rows = op.get_bind().execute(sa.select(tasks).where(tasks.c.task_id.in_(wanted)))
        known = {row.task_id: _facts(row) for row in rows}
        _store({one: {**now, **known[now["task_id"]]} for one, now in currents.items() if now.get("task_id") in known})


def downgrade() -> None:
    added = ("started_at", "completed_at", "error")
    for currents in _batches():
        _store({one: {k: v for k, v in current.items() if k not in added} for one, current in currents.items()})


def _batches() -> Iterator[dict[str, dict[str, Any]]]:
    """Every session's ``current`` by the session's id, some at a time."""
    last = ""
    statement = sa.select(sessions).where(sessions.c.current.is_not(None)).order_by(sessions.c.session_id).limit(BATCH)
    while rows := op.get_bind().execute(statement.where(sessions.c.session_id > last)).all():
        last = rows[-1].session_id
        yield {row.session_id: current for row in rows if (current := _object(row.current))}


def _facts(task: Any) -> dict[str, Any]:
    error = _object(task.data).get("error")
    return {
        "started_at": task.started_at,
        "completed_at": task.completed_at,
        "error": _cut(error.strip()) if isinstance(error, str) else None,
    }


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_ERROR else f"{text[: LONGEST_ERROR - 1]}…"


def _object(text: str) -> dict[str, Any]:
    """A piece of JSON; empty where it is damaged, which is left as it is."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _store(currents: dict[str, dict[str, Any]]) -> None:
    statement = sa.update(sessions).where(sessions.c.session_id == sa.bindparam("id"))
    values = [
        {"id": session_id, "text": json.dumps(current, ensure_ascii=False, separators=(",", ":"))}
        for session_id, current in currents.items()
    ]
    if values:
        op.get_bind().execute(statement.values(current=sa.bindparam("text")), values)
