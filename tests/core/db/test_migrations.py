"""What a migration does to the rows that are there, and back again: on every database, from the schema before it."""

import json
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, text

from agor_core.db import engines, postgres_schema, schema

EARLY, LATE = "2026-01-31T09:05:00.000Z", "2026-01-31T09:06:00.000Z"
SESSION = text(
    "INSERT INTO sessions (session_id, short_id, status, agent, created_at, updated_at, cwd, managed_worktree, data,"
    " current) VALUES (:id, :id, 'failed', 'demo', :at, :at, '/', :no, '{}', :current)"
)
TASK = text(
    "INSERT INTO tasks (task_id, short_id, session_id, position, status, created_at, started_at, completed_at, data)"
    " VALUES (:id, :id, :session, 1, 'failed', :at, :at, :late, :data)"
)


class Migrated:
    """A store whose schema is brought to any version."""

    def __init__(self, url: str) -> None:
        self.url = url

    def run(self, work: Any) -> Any:
        if engines.sqlite_file(self.url) is None:
            return postgres_schema.run(self.url, work)
        engine = engines.sqlite_writer(self.url)
        try:
            with engine.begin() as connection:
                return work(connection)
        finally:
            engine.dispose()

    def to(self, revision: str, *, back: bool = False) -> None:
        config = Config()
        config.set_main_option("script_location", str(schema.SCRIPTS))

        def migrate(connection: Connection) -> None:
            config.attributes["connection"] = connection
            (command.downgrade if back else command.upgrade)(config, revision)

        self.run(migrate)

    def currents(self) -> dict[str, str | None]:
        rows = self.run(lambda c: c.execute(text("SELECT session_id, current FROM sessions")).all())
        return dict(rows)


@pytest.fixture
def store(url: str) -> Migrated:
    return Migrated(url)


def session(connection: Connection, name: str, current: object) -> None:
    shown = json.dumps(current, ensure_ascii=False) if isinstance(current, dict) else current
    connection.execute(SESSION, {"id": name, "at": EARLY, "no": False, "current": shown})


def task(connection: Connection, name: str, of: str, data: dict[str, object]) -> None:
    values = {"id": name, "session": of, "at": EARLY, "late": LATE, "data": json.dumps(data)}
    connection.execute(TASK, values)


def test_cards_of_stored_sessions_learn_when_their_task_ran_and_why_it_failed(store: Migrated) -> None:
    before = {"task_id": "t", "position": 1, "status": "failed", "step": "Übung"}

    def fill(connection: Connection) -> None:
        session(connection, "fresh", None)
        session(connection, "damaged", "{")
        session(connection, "lost", {**before, "task_id": "nowhere"})
        for number in range(450):
            session(connection, f"s{number}", {**before, "task_id": f"t{number}"})
            task(connection, f"t{number}", f"s{number}", {"error": f" No {number}\n", "files": []})
        session(connection, "long", {**before, "task_id": "long"})
        task(connection, "long", "long", {"error": "x" * 501})
        session(connection, "well", {**before, "task_id": "well"})
        task(connection, "well", "well", {"error": None})

    store.to("0002")
    store.run(fill)
    original = store.currents()
    store.to("0003")
    migrated = store.currents()
    assert (migrated["fresh"], migrated["damaged"], migrated["lost"]) == (None, "{", original["lost"])
    times = {"started_at": EARLY, "completed_at": LATE}
    for number in range(450):
        known = {**before, "task_id": f"t{number}", **times, "error": f"No {number}"}
        assert json.loads(migrated[f"s{number}"] or "") == known
    assert json.loads(migrated["long"] or "")["error"] == "x" * 499 + "…"
    assert json.loads(migrated["well"] or "") == {**before, "task_id": "well", **times, "error": None}
    store.to("0002", back=True)
    as_json = {one: json.loads(current) for one, current in store.currents().items() if current not in (None, "{")}
    assert as_json == {one: json.loads(current) for one, current in original.items() if current not in (None, "{")}


def test_the_table_of_idempotency_keys_comes_and_goes(store: Migrated) -> None:
    def tables() -> set[str]:
        return set(store.run(lambda c: inspect(c).get_table_names()))

    store.to("0003")
    before = tables()
    for _ in range(2):
        store.to("0004")
        assert tables() - before == {"idempotency_keys"}
        store.to("0003", back=True)
        assert tables() == before
