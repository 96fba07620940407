"""Changes and removals of many records: only of those that a query narrows down, all or none."""

from typing import Any

import pytest
from msgspec.structs import replace

from agor_core.domain.session import SessionGenealogy, SessionStatus
from agor_core.query.tree import All, Among, AnyOf, Compare, Comparison
from agor_core.repositories import sessions
from agor_daemon.services import bulk
from tests.builders.daemons import Running

IDLE = Compare("status", Comparison.EQ, "idle")


async def test_sessions_are_moved_to_a_board_by_a_query(daemon: Running) -> None:
    made = [await daemon.session(title=title) for title in ("a", "b", "c")]
    board = await daemon.tcp.post("/boards", {"name": "B"})
    answer = await daemon.tcp.call("PATCH", "/sessions?title[$in][]=a&title[$in][]=b", {"board": "b"})
    assert answer.status == 200
    assert {it["title"] for it in answer.body} == {"a", "b"}
    assert {it["board_id"] for it in answer.body} == {board["board_id"]}
    assert (await daemon.tcp.get("/boards/b"))["session_count"] == 2
    assert (await daemon.tcp.get(f"/sessions/{made[2].short_id}"))["board_id"] is None
    some = await daemon.tcp.call("PATCH", "/sessions?board_id=b&$select[]=title", {"mode": "ask"})
    assert [set(it) for it in some.body] == [{"session_id", "title"}] * 2


async def test_archiving_many_skips_archived_sessions_and_is_refused_for_a_running_one(daemon: Running) -> None:
    first, second, runs = [await daemon.session(title="x") for _ in range(3)]
    await daemon.store.write(lambda w: sessions.update(w, replace(runs, status=SessionStatus.RUNNING)))
    at = {"archived_at": "2026-01-31T09:05:00Z"}
    assert (await daemon.tcp.call("PATCH", "/sessions?title=x", at)).status == 409
    assert (await daemon.tcp.get("/sessions"))["total"] == 3
    archived = await daemon.tcp.call("PATCH", "/sessions?title=x&status=idle", at)
    assert {it["session_id"] for it in archived.body} == {first.session_id, second.session_id}
    assert ("release", first.session_id) in daemon.supervisor.ledger
    again = await daemon.tcp.call("PATCH", "/sessions?title=x&status=idle", {"title": "y"})
    assert again.body == []
    back = await daemon.tcp.call("PATCH", "/sessions?archived_at[$ne]=null", {"archived_at": None})
    assert len(back.body) == 2


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PATCH", "/sessions", 405),
        ("PATCH", "/sessions?$select[]=title", 405),
        ("PATCH", "/sessions?status=idle&$limit=1", 400),
        ("PATCH", "/sessions?$sort[title]=1&status=idle", 400),
        ("PATCH", "/sessions?nosuch=1", 400),
        ("PUT", "/sessions?status=idle", 405),
        ("PATCH", "/boards?name=x", 405),
        ("PATCH", "/tasks?status=running", 405),
        ("DELETE", "/sessions", 405),
        ("DELETE", "/sessions?purge=true", 405),
        ("DELETE", "/sessions?status=idle", 405),
        ("DELETE", "/sessions?archived_at=null", 405),
        ("DELETE", "/sessions?$or[0][archived_at][$ne]=null&$or[1][status]=idle", 405),
        ("DELETE", "/sessions?archived_at[$ne]=null&purge=false", 400),
        ("DELETE", "/sessions?archived_at[$ne]=null&purge=perhaps", 400),
        ("DELETE", "/sessions?archived_at[$ne]=null&force=true&keep=true", 400),
        ("DELETE", "/boards?archived_at[$ne]=null", 405),
        ("DELETE", "/agents?name=demo", 405),
    ],
)
async def test_every_other_call_of_many_is_refused(daemon: Running, method: str, path: str, status: int) -> None:
    await daemon.session(archived_at="2026-01-31T09:05:00.000Z")
    await daemon.session()
    body: Any = {"title": "changed"} if method != "DELETE" else None
    answer = await daemon.tcp.call(method, path, body)
    assert answer.status == status, answer.raw
    everything = await daemon.tcp.get("/sessions?$or[0][archived_at]=null&$or[1][archived_at][$ne]=null")
    assert [it["title"] for it in everything["data"]] == [None, None]


async def test_the_archive_is_emptied(daemon: Running) -> None:
    at = "2026-01-31T09:05:00.000Z"
    kept = await daemon.session()
    source = await daemon.session(archived_at=at)
    fork = await daemon.session(archived_at=at, genealogy=SessionGenealogy(forked_from_session_id=source.session_id))
    gone = await daemon.tcp.call("DELETE", "/sessions?archived_at[$ne]=null")
    assert {it["session_id"] for it in gone.body} == {source.session_id, fork.session_id}
    assert (await daemon.tcp.get("/sessions"))["data"][0]["session_id"] == kept.session_id
    assert (await daemon.tcp.get("/sessions?archived_at[$ne]=null"))["total"] == 0
    forgotten = [entry[1] for entry in daemon.supervisor.ledger if entry[0] == "forget"]
    assert set(forgotten) == {source.session_id, fork.session_id}


async def test_no_session_is_removed_while_a_descendant_stays(daemon: Running) -> None:
    at = "2026-01-31T09:05:00.000Z"
    source = await daemon.session(archived_at=at)
    await daemon.session(archived_at=at)
    await daemon.session(genealogy=SessionGenealogy(parent_session_id=source.session_id))
    answer = await daemon.tcp.call("DELETE", "/sessions?archived_at[$ne]=null")
    assert answer.status == 409
    assert source.short_id in answer.body["message"]
    assert (await daemon.tcp.get("/sessions?archived_at[$ne]=null"))["total"] == 2
    assert not any(entry[0] == "remove_worktree" for entry in daemon.supervisor.ledger)


async def test_there_is_a_limit(daemon: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST", 2)
    for _ in range(3):
        await daemon.session()
    answer = await daemon.tcp.call("PATCH", "/sessions?status=idle", {"title": "x"})
    assert (answer.status, "More than 2" in answer.body["message"]) == (400, True)


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (All(()), False),
        (AnyOf(()), False),
        (Among("status", ()), False),
        (Among("status", (), negated=True), False),
        (AnyOf((IDLE, All(()))), False),
        (AnyOf((IDLE, All((IDLE,)))), True),
        (All((All(()), IDLE)), True),
        (Among("status", ("idle",), negated=True), True),
    ],
)
def test_conditions_that_exclude_a_record(node: Any, expected: bool) -> None:
    assert bulk.narrows(node) is expected


async def test_one_request_makes_a_thousand_records_at_most(daemon: Running) -> None:
    for service, body in (("sessions", {"agent": "demo"}), ("boards", {"name": "b"})):
        for headers in (None, [("Host", "x"), ("Idempotency-Key", f"many {service}")]):
            answer = await daemon.unix.call("POST", f"/{service}", [body] * 1_001, headers=headers)
            assert answer.status == 400
            assert "1,000 records, not 1,001" in answer.body["message"]
        assert (await daemon.unix.get(f"/{service}"))["total"] == 0
