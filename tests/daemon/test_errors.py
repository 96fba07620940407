"""Errors are answered in Feathers' form with the right status, and without internal details."""

import asyncio
import logging
import re
from typing import Any

import pytest

from agor_core.errors import StoreFull
from agor_core.ids import short_id
from agor_daemon import protocols
from tests.builders.daemons import Running
from tests.builders.http import Caller, exchange

UNKNOWN = "0190f3c4-7a1e-7c3b-9d2e-9d2e1c4b07aa"

BAD_CALLS: list[tuple[str, str, Any, int, str]] = [
    ("GET", "/nothing", None, 404, "NotFound"),
    ("GET", "/", None, 404, "NotFound"),
    ("GET", "/sessions/x/y/z", None, 404, "NotFound"),
    ("GET", f"/sessions/{UNKNOWN}", None, 404, "NotFound"),
    ("GET", "/sessions/zzzz", None, 404, "NotFound"),
    ("GET", "/messages/abcd1234", None, 404, "NotFound"),
    ("GET", "/messages?message_id=abcd1234", None, 404, "NotFound"),
    ("GET", "/tasks?session_id=abcd1234", None, 404, "NotFound"),
    ("GET", "/agents/none", None, 404, "NotFound"),
    ("GET", "/sessions?nosuch=1", None, 400, "BadRequest"),
    ("GET", "/sessions?status[$regex]=x", None, 400, "BadRequest"),
    ("GET", "/sessions?$limit=-1", None, 400, "BadRequest"),
    ("GET", "/sessions?status=bogus", None, 400, "BadRequest"),
    ("GET", "/sessions?status[$in]=idle,failed", None, 400, "BadRequest"),
    ("GET", "/sessions?genealogy.fidelity=bogus", None, 400, "BadRequest"),
    ("GET", "/tasks?status[$ne]=bogus", None, 400, "BadRequest"),
    ("GET", "/messages?role[$nin][]=bogus", None, 400, "BadRequest"),
    ("GET", "/approvals?status=asked", None, 400, "BadRequest"),
    ("PATCH", "/sessions?status=bogus", {"title": "x"}, 400, "BadRequest"),
    ("GET", "/sessions?title=%00", None, 400, "BadRequest"),
    ("GET", "/sessions?title=%ff", None, 400, "BadRequest"),
    ("GET", f"/sessions/{UNKNOWN}?status=idle", None, 404, "NotFound"),
    ("GET", f"/sessions/{UNKNOWN}?$limit=1", None, 400, "BadRequest"),
    ("POST", "/sessions", None, 400, "BadRequest"),
    ("POST", "/sessions", {"agent": "nobody"}, 400, "BadRequest"),
    ("POST", "/sessions", {"agent": "demo", "cwd": "relative"}, 400, "BadRequest"),
    ("POST", "/sessions", {"agent": "demo", "cwd": "/no/such/folder"}, 400, "BadRequest"),
    ("POST", "/sessions", {"agent": "demo", "board": "nosuch"}, 404, "NotFound"),
    ("POST", "/sessions", {"agent": "demo", "repo": "nosuch"}, 404, "NotFound"),
    ("POST", "/sessions", {"agent": "demo", "prompt": "  "}, 400, "BadRequest"),
    ("POST", "/sessions", {"agent": "demo", "session_id": "short"}, 400, "BadRequest"),
    ("POST", "/sessions", {"agent": "demo", "unknown": 1}, 400, "BadRequest"),
    ("POST", "/sessions", {"agent": 1}, 400, "BadRequest"),
    ("POST", "/sessions", "text", 400, "BadRequest"),
    ("POST", "/sessions", [1], 400, "BadRequest"),
    ("PATCH", f"/sessions/{UNKNOWN}", {"title": "x"}, 404, "NotFound"),
    ("PATCH", f"/sessions/{UNKNOWN}", {"status": "idle"}, 404, "NotFound"),
    ("PATCH", "/sessions", {"title": "x"}, 405, "MethodNotAllowed"),
    ("DELETE", "/tasks?status=running", None, 405, "MethodNotAllowed"),
    ("DELETE", f"/tasks/{UNKNOWN}", None, 405, "MethodNotAllowed"),
    ("DELETE", f"/sessions/{UNKNOWN}?purge=maybe", None, 400, "BadRequest"),
    ("POST", f"/sessions/{UNKNOWN}/land", {"message": "  "}, 400, "BadRequest"),
    ("POST", f"/sessions/{UNKNOWN}/land", {"how": "fast"}, 400, "BadRequest"),
    ("POST", f"/sessions/{UNKNOWN}/land", {}, 404, "NotFound"),
    ("POST", f"/landings/{UNKNOWN}/undo", {}, 404, "NotFound"),
    ("POST", f"/sessions/{UNKNOWN}/publish", {"title": "x" * 501}, 400, "BadRequest"),
    ("POST", f"/sessions/{UNKNOWN}/pull_request", {}, 404, "NotFound"),
    ("POST", "/messages", {}, 405, "MethodNotAllowed"),
    ("PUT", f"/messages/{UNKNOWN}", {}, 405, "MethodNotAllowed"),
    ("POST", "/agents", {}, 405, "MethodNotAllowed"),
    ("POST", "/worktrees", {"repo": "x", "name": "y"}, 404, "NotFound"),
    ("OPTIONS", "/sessions", None, 405, "MethodNotAllowed"),
    ("POST", "/health", {}, 405, "MethodNotAllowed"),
    ("POST", "/feed", {}, 405, "MethodNotAllowed"),
    ("GET", f"/sessions/{UNKNOWN}/prompt", None, 405, "MethodNotAllowed"),
    ("POST", f"/sessions/{UNKNOWN}/prompt", {"prompt": "hi"}, 404, "NotFound"),
    ("POST", f"/sessions/{UNKNOWN}/dance", {}, 404, "NotFound"),
    ("POST", f"/boards/{UNKNOWN}/prompt", {}, 404, "NotFound"),
    ("PATCH", f"/approvals/{UNKNOWN}", {}, 400, "BadRequest"),
    ("PATCH", f"/approvals/{UNKNOWN}", {"decision": "allow"}, 404, "NotFound"),
    ("GET", "/feed?service=nosuch", None, 400, "BadRequest"),
    ("GET", "/feed?limit=x", None, 400, "BadRequest"),
    ("GET", "/feed?nosuch=1", None, 400, "BadRequest"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "name"), BAD_CALLS)
async def test_bad_call(daemon: Running, method: str, path: str, body: Any, status: int, name: str) -> None:
    answer = await daemon.tcp.call(method, path, body)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/json"), answer.raw
    told = answer.body
    assert told.keys() == {"name", "message", "code", "className", "errors"}
    assert (told["name"], told["code"]) == (name, status)
    assert told["className"] == re.sub("(?<!^)([A-Z])", r"-\1", name).lower()
    assert told["message"].endswith(".")
    assert ("allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize("raw", [b"{", b'{"a": "\\u0000"}', b'{"a": "\\ud800"}', b"[" * 5000, b'{"a": 1e999}', b"\xff"])
async def test_a_body_that_no_store_can_hold_is_refused(daemon: Running, raw: bytes) -> None:
    answer = await daemon.tcp.call("POST", "/boards", raw=raw)
    assert (answer.status, answer.body["name"]) == (400, "BadRequest")


async def test_a_body_is_json_whatever_its_content_type(daemon: Running) -> None:
    form = [("Host", f"localhost:{daemon.port}"), ("Content-Type", "application/x-www-form-urlencoded")]
    answer = await daemon.tcp.call("POST", "/boards", {"name": "Form"}, headers=form)
    assert (answer.status, answer.body["slug"]) == (201, "form")


async def test_an_ambiguous_id_names_the_candidates(daemon: Running) -> None:
    first = await daemon.session(title="one")
    second = await daemon.session(title="two")
    common = first.session_id[:8]
    assert second.session_id.startswith(common)
    answer = await daemon.tcp.call("GET", f"/sessions/{common}")
    assert (answer.status, answer.body["name"]) == (409, "Conflict")
    shown = {(it["id"], it["title"]) for it in answer.body["errors"]["candidates"]}
    assert shown == {(short_id(first.session_id), "one"), (short_id(second.session_id), "two")}


async def test_an_error_names_the_place_of_the_fault(daemon: Running) -> None:
    answer = await daemon.tcp.call("POST", "/sessions", {"agent": "demo", "title": 5})
    assert answer.body["errors"].keys() == {"title"}
    assert "there are: claude-code" in (await daemon.tcp.call("POST", "/sessions", {"agent": "x"})).body["message"]


@pytest.mark.parametrize(
    ("path", "bad", "place"),
    [
        ("/boards", {"slug": "x"}, "[1].name"),
        ("/boards", {"name": " "}, "[1].name"),
        ("/boards", {"name": "x", "slug": "Bad Slug"}, "[1].slug"),
        ("/boards", 5, "[1]"),
        ("/sessions", {}, "[1].agent"),
        ("/sessions", {"agent": "nobody"}, "[1].agent"),
        ("/sessions", {"agent": "demo", "prompt": " "}, "[1].prompt"),
        ("/sessions", {"agent": "demo", "cwd": "relative"}, "[1].cwd"),
        ("/tasks", {"prompt": "x"}, "[1].session_id"),
        ("/tasks", {"session_id": "x", "prompt": " "}, "[1].prompt"),
        ("/tasks", {"session_id": "x", "prompt": "x", "task_id": "short"}, "[1].task_id"),
        ("/repos", {"local_path": "relative"}, "[1].local_path"),
        ("/worktrees", {"repo": "x"}, "[1].name"),
        ("/worktrees", {"repo": "x", "name": ""}, "[1].name"),
    ],
)
async def test_an_error_in_a_list_names_its_element(daemon: Running, path: str, bad: Any, place: str) -> None:
    good = {
        "/boards": {"name": "x"},
        "/sessions": {"agent": "demo"},
        "/tasks": {"session_id": "x", "prompt": "x"},
        "/repos": {"local_path": "/"},
        "/worktrees": {"repo": "x", "name": "x"},
    }[path]
    answer = await daemon.tcp.call("POST", path, [good, bad])
    assert (answer.status, list(answer.body["errors"])) == (400, [place])
    assert answer.body["message"].startswith(f"{place}: ")
    assert (await daemon.tcp.get(path))["total"] == 0


async def test_stored_texts_beyond_the_limits_of_requests_are_read(daemon: Running) -> None:
    made = await daemon.session(title="x" * 2_000, description="x" * 20_000)
    assert len((await daemon.tcp.get(f"/sessions/{made.session_id}"))["title"]) == 2_000
    assert len((await daemon.tcp.get("/sessions"))["data"][0]["description"]) == 20_000
    renamed = await daemon.tcp.call("PATCH", f"/sessions/{made.session_id}", {"mode": "ask"})
    assert (renamed.status, len(renamed.body["title"])) == (200, 2_000)
    longer = await daemon.tcp.call("PATCH", f"/sessions/{made.session_id}", {"title": "x" * 2_000})
    assert (longer.status, list(longer.body["errors"])) == (400, ["title"])


async def test_a_body_beyond_the_limit_is_refused_unread(daemon: Running) -> None:
    caller: Caller = daemon.tcp
    reader, writer = await caller.connect()
    head = f"POST /boards HTTP/1.1\r\nHost: localhost:{daemon.port}\r\nContent-Length: 10000001\r\n\r\n".encode()
    answer = await exchange(reader, writer, head)
    assert (answer.status, answer.body["name"]) == (413, "PayloadTooLarge")
    writer.close()
    chunked = f"POST /boards HTTP/1.1\r\nHost: localhost:{daemon.port}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    reader, writer = await caller.connect()
    writer.write(chunked)
    piece = b"%x\r\n%b\r\n" % (1_000_000, b" " * 1_000_000)
    for _ in range(11):
        writer.write(piece)
    answer = await exchange(reader, writer, b"0\r\n\r\n")
    assert answer.status == 413
    writer.close()


async def test_a_large_body_below_the_limit_is_taken(daemon: Running) -> None:
    text, made = "x" * 1_000_000, await daemon.session()
    answer = await daemon.tcp.call("POST", f"/sessions/{made.session_id}/prompt", {"prompt": text})
    assert (answer.status, answer.body["full_prompt"]) == (201, text)


@pytest.mark.parametrize("head", [f"GET /{'x' * 70_000} HTTP/1.1\r\n", "GET / HTTP/1.1\r\n" + "X-A: b\r\n" * 20_000])
async def test_an_endless_head_is_refused(daemon: Running, head: str) -> None:
    reader, writer = await daemon.tcp.connect()
    answer = await exchange(reader, writer, head.encode())
    assert (answer.status, answer.headers["connection"]) == (400, "close")
    writer.close()


async def test_head_is_get_without_the_body(daemon: Running) -> None:
    answer = await daemon.tcp.call("HEAD", "/health")
    assert (answer.status, answer.raw) == (200, b"")
    assert int(answer.headers["content-length"]) > 100


async def test_an_unexpected_error_is_answered_without_its_details(
    daemon: Running, caplog: pytest.LogCaptureFixture
) -> None:
    made = await daemon.session()
    daemon.supervisor.failing = RuntimeError("secret detail")
    with caplog.at_level(logging.ERROR):
        answer = await daemon.tcp.call("POST", f"/sessions/{made.session_id}/prompt", {"prompt": "hi"})
    assert (answer.status, answer.body["name"]) == (500, "GeneralError")
    assert b"secret" not in answer.raw
    request_id = answer.body["errors"]["id"]
    (record,) = [it for it in caplog.records if getattr(it, "request_id", None) == request_id]
    assert record.exc_info is not None
    assert "secret detail" in str(record.exc_info[1])


async def test_a_full_disk_is_507(daemon: Running) -> None:
    made = await daemon.session()
    daemon.supervisor.failing = StoreFull("The disk is full; nothing was changed.")
    answer = await daemon.tcp.call("POST", f"/sessions/{made.session_id}/prompt", {"prompt": "hi"})
    assert (answer.status, answer.body["name"]) == (507, "InsufficientStorage")
    daemon.supervisor.failing = None
    assert (await daemon.tcp.call("POST", f"/sessions/{made.session_id}/prompt", {"prompt": "hi"})).status == 201


@pytest.mark.parametrize(
    ("limit", "begun"),
    [
        ("HEAD_SECONDS", ""),
        ("HEAD_SECONDS", "GET /hea"),
        ("REQUEST_SECONDS", "POST /boards HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 9\r\n\r\n{"),
    ],
    ids=["no byte", "head", "body"],
)
async def test_a_request_that_never_ends_is_broken_off(
    daemon: Running, limit: str, begun: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocols, limit, 0.2)
    reader, writer = await daemon.tcp.connect()
    writer.write(begun.replace("{port}", str(daemon.port)).encode())
    async with asyncio.timeout(10):
        assert await reader.read() == b""
    writer.close()
    assert (await daemon.tcp.call("GET", "/health")).status == 200
