"""``Idempotency-Key``: what is repeated happens once, also across a restart; a key is for one request."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agor_core.errors import StoreFull, Unprocessable
from agor_daemon.services import idempotency
from agor_daemon.services.idempotency import Keys
from tests.builders.daemons import Running, running
from tests.builders.http import Answer
from tests.builders.stores import HeldClock

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
        assert daemon.paths.idempotency_keys.stat().st_mode & 0o777 == 0o600
    async with running(tmp_path / "home") as daemon:
        again = await keyed(daemon, "/sessions", SESSION, "k")
        assert (await keyed(daemon, "/sessions", {"agent": "codex"}, "k")).status == 422
    assert again.body["session_id"] == first.body["session_id"]


async def test_a_line_that_a_crash_cut_off_spoils_nothing(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    clock = HeldClock()
    first = await Keys(file, clock).applied("a", "/sessions", ("session_id",), {})
    file.write_bytes(file.read_bytes() + b'{"key": "half')
    assert (await Keys(file, clock).applied("b", "/sessions", ("session_id",), {})) != first
    later = Keys(file, clock)
    assert await later.applied("a", "/sessions", ("session_id",), {}) == first
    with pytest.raises(Unprocessable):
        await later.applied("b", "/boards", ("session_id",), {})


async def test_keys_are_forgotten_after_a_day_or_when_there_are_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "MOST", 3)
    monkeypatch.setattr(idempotency, "LINES_BEFORE_ANEW", 6)
    file = tmp_path / "keys"
    clock = HeldClock()
    keys = Keys(file, clock)
    made = [await keys.applied(str(number), "/boards", ("board_id",), {}) for number in range(20)]
    assert len(file.read_bytes().splitlines()) <= 6
    keys = Keys(file, clock)
    assert await keys.applied("19", "/boards", ("board_id",), {}) == made[19]
    clock.forward(hours=25)
    assert await keys.applied("19", "/boards", ("board_id",), {}) != made[19]


async def test_a_key_that_cannot_be_noted_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = Keys(tmp_path / "keys", HeldClock())

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(idempotency.os, "fsync", full)
        with pytest.raises(StoreFull):
            await keys.applied("a", "/boards", ("board_id",), {})
    assert await keys.applied("a", "/sessions", ("session_id",), {})
