"""``Idempotency-Key``: a repeated request is carried out once, also across a restart; a key is for one request."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from agor_core.db.connections import Reader
from agor_core.db.store import Store
from agor_core.db.tables import idempotency_keys
from agor_core.errors import StoreFull, Unprocessable
from agor_core.repositories import sessions
from agor_daemon.services import idempotency
from agor_daemon.services.idempotency import IdempotencyKeys
from tests.builders.daemons import Running, running
from tests.builders.http import Answer
from tests.builders.stores import HeldClock, clock, store, url

__all__ = ["clock", "store", "url"]

SESSION = {"agent": "demo", "title": "Once"}


async def keyed(daemon: Running, path: str, body: Any, *keys: str) -> Answer:
    headers = [("Host", f"localhost:{daemon.port}"), *(("Idempotency-Key", key) for key in keys)]
    return await daemon.tcp.call("POST", path, body, headers=headers)


async def test_a_repeated_creation_is_the_same_record(daemon: Running) -> None:
    first = await keyed(daemon, "/sessions", {**SESSION, "prompt": "say: hi"}, "k1")
    again = await keyed(daemon, "/sessions", {"prompt": "say: hi", **SESSION}, "k1")
    assert (first.status, again.status) == (201, 201)
    assert again.body["session_id"] == first.body["session_id"]
    assert (await daemon.tcp.get("/sessions"))["total"] == 1
    assert (await daemon.tcp.get("/tasks"))["total"] == 1
    other = await keyed(daemon, "/sessions", SESSION, "k2")
    assert other.body["session_id"] != first.body["session_id"]


async def test_actions_lists_and_other_services(daemon: Running) -> None:
    session = await daemon.session()
    for path, body, field in [
        (f"/sessions/{session.short_id}/prompt", {"prompt": "say: x"}, "task_id"),
        (f"/sessions/{session.short_id}/fork", {}, "session_id"),
        ("/tasks", {"session_id": session.session_id, "prompt": "say: y"}, "task_id"),
        ("/boards", {"name": "B"}, "board_id"),
    ]:
        answers = [await keyed(daemon, path, body, f"key of {path}") for _ in range(2)]
        assert [it.status for it in answers] == [201, 201], answers[1].raw
        if not path.endswith("fork"):  # the fake supervisor makes ids of its own
            assert answers[0].body[field] == answers[1].body[field]
    assert (await daemon.tcp.get("/tasks"))["total"] == 2
    forks = [entry[2] for entry in daemon.supervisor.ledger if entry[0] == "fork"]
    assert forks[0].session_id == forks[1].session_id
    several = [await keyed(daemon, "/boards", [{"name": "x"}, {"name": "y"}], "list") for _ in range(2)]
    assert several[0].body == several[1].body
    stopped = await keyed(daemon, f"/sessions/{session.short_id}/stop", None, "stop")
    assert stopped.status == 200


async def test_at_the_same_time(daemon: Running) -> None:
    answers = await asyncio.gather(*(keyed(daemon, "/sessions", SESSION, "same") for _ in range(8)))
    assert {it.status for it in answers} == {201}
    assert len({it.body["session_id"] for it in answers}) == 1


async def test_another_request_under_the_same_key_is_refused(daemon: Running) -> None:
    await keyed(daemon, "/sessions", SESSION, "k")
    for path, body in (("/sessions", {**SESSION, "title": "Other"}), ("/boards", SESSION)):
        answer = await keyed(daemon, path, body, "k")
        assert (answer.status, answer.body["name"]) == (422, "Unprocessable")
    assert (await keyed(daemon, "/sessions", SESSION, "a", "b")).status == 400
    assert (await keyed(daemon, "/sessions", SESSION, "x" * 256)).status == 400
    assert (await daemon.tcp.get("/sessions"))["total"] == 1


async def test_a_key_survives_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path / "home") as daemon:
        first = await keyed(daemon, "/sessions", SESSION, "k")
    async with running(tmp_path / "home") as daemon:
        again = await keyed(daemon, "/sessions", SESSION, "k")
        assert (await keyed(daemon, "/sessions", {"agent": "codex"}, "k")).status == 422
    assert again.body["session_id"] == first.body["session_id"]


async def test_a_key_is_stored_before_anything_is_done(daemon: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a kill in between: the daemon gave ids to the request, and made nothing."""
    with monkeypatch.context() as killed:
        killed.setattr(sessions, "insert", lambda *_: 1 // 0)
        assert (await keyed(daemon, "/sessions", SESSION, "k")).status == 500
    assert (await daemon.tcp.get("/sessions"))["total"] == 0
    answers = [await keyed(daemon, "/sessions", SESSION, "k") for _ in range(2)]
    assert (await daemon.tcp.get("/sessions"))["total"] == 1
    assert answers[0].body["session_id"] == answers[1].body["session_id"]
    assert (await keyed(daemon, "/sessions", {"agent": "codex"}, "k")).status == 422


async def test_keys_stand_for_the_same_ids_on_each_kind_of_database(store: Store, clock: HeldClock) -> None:
    keys, another_daemons = IdempotencyKeys(store, clock), IdempotencyKeys(store, clock)
    fields, body = ("session_id", "task_id"), [{"prompt": "x"}, {"session_id": "given"}]
    first = await keys.with_ids("a", "/sessions", fields, body)
    assert [set(it) for it in first] == [{"prompt", "session_id", "task_id"}, {"session_id"}]
    assert first[1] == {"session_id": "given"}
    together = [another_daemons.with_ids("a", "/sessions", fields, body) for _ in range(4)]
    assert await asyncio.gather(*together) == [first] * 4
    with pytest.raises(Unprocessable):
        await keys.with_ids("a", "/boards", fields, body)


async def test_keys_are_forgotten_after_a_day_or_when_there_are_too_many(
    store: Store, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "MOST", 3)
    monkeypatch.setattr(idempotency, "REQUESTS_BETWEEN_TRIMS", 5)
    keys = IdempotencyKeys(store, clock)
    made = []
    for number in range(20):
        clock.forward(seconds=1)
        made.append(await keys.with_ids(str(number), "/boards", ("board_id",), {}))
    assert await store.read(count) <= 3 + 5
    keys = IdempotencyKeys(store, clock)
    clock.forward(hours=23.9)
    assert await keys.with_ids("19", "/boards", ("board_id",), {}) == made[19]
    clock.forward(hours=0.2)
    assert await keys.with_ids("19", "/boards", ("board_id",), {}) != made[19]
    assert await store.read(count) == 1


async def test_a_key_that_cannot_be_stored_changes_nothing(
    store: Store, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = IdempotencyKeys(store, clock)

    async def full(work: object) -> None:
        raise StoreFull("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(store, "write", full)
        with pytest.raises(StoreFull):
            await keys.with_ids("a", "/boards", ("board_id",), {})
    assert await keys.with_ids("a", "/sessions", ("session_id",), {})


def count(reader: Reader) -> int:
    return int(reader.execute(select(func.count()).select_from(idempotency_keys)).scalar_one())
