"""Comments over REST: every call, every operator on columns; who wrote them, and what agents may do with them."""

import asyncio
import os
from typing import Any

import pytest

from agor_core.domain.session import SessionGenealogy
from agor_core.ids import new_id
from agor_daemon import processes
from agor_daemon.access.requester import user_name
from tests.builders.daemons import Running


async def comment(daemon: Running, session_id: str, **fields: Any) -> dict[str, Any]:
    body = {"session_id": session_id, "path": "src/a.py", "start_line": 3, "text": "why?", **fields}
    answer = await daemon.unix.call("POST", "/comments", body)
    assert answer.status == 201, answer.body
    made: dict[str, Any] = answer.body
    return made


async def test_a_comment_is_made_found_changed_and_removed(daemon: Running) -> None:
    session = await daemon.session()
    made = await comment(daemon, session.short_id, kind="question", end_line=4)
    assert made["author"] == user_name()
    facts = ("session_id", "path", "side", "start_line", "end_line", "snippet", "kind", "status", "sent_in_task_id")
    assert [made[name] for name in facts] == [
        session.session_id, "src/a.py", "new", 3, 4, "line 3", "question", "open", None,
    ]  # fmt: skip
    assert (await daemon.unix.get(f"/comments/{made['short_id']}")) == made
    own = await comment(daemon, session.session_id, comment_id=(mine := new_id()))
    assert own["comment_id"] == mine
    assert await comment(daemon, session.session_id, comment_id=mine) == own
    changed = await daemon.unix.call("PATCH", f"/comments/{mine}", {"text": "well", "status": "resolved"})
    assert (changed.body["text"], changed.body["status"]) == ("well", "resolved")
    for query, count in (
        ("status=resolved", 1), ("start_line[$gt]=2", 2), ("end_line[$in][]=4", 1), ("kind[$ne]=note", 1),
        (f"session_id={session.short_id}&$sort[start_line]=-1", 2), ("sent_in_task_id=null", 2),
        ("$or[0][status]=open&$or[1][path]=x", 1), ("author[$nin][]=me&$limit=0", 2),
    ):  # fmt: skip
        assert (await daemon.unix.get(f"/comments?{query}"))["total"] == count, query
    shown = await daemon.unix.get(f"/sessions/{session.session_id}")
    assert shown["review"] == {"comments": 1, "unread": None, "hunks": None}
    assert (await daemon.unix.call("DELETE", f"/comments/{made['comment_id']}")).body == made
    assert (await daemon.unix.get(f"/sessions/{session.session_id}"))["review"]["comments"] == 0
    seen = await daemon.unix.get("/feed?since=" + (await daemon.unix.get("/feed"))["cursor"].split(":")[0] + ":0")
    assert [it["event"] for it in seen["data"] if it["service"] == "comments"] == [
        "created", "created", "patched", "removed",
    ]  # fmt: skip


async def test_what_makes_no_sense_is_refused(daemon: Running) -> None:
    session, other = await daemon.session(), await daemon.session()
    task = await daemon.supervisor.with_task(other.session_id, "x", new_id())  # type: ignore[arg-type]
    good = {"session_id": session.session_id, "text": "x", "path": "a"}
    for bad, status in (
        ({"text": "  "}, 400), ({"author": "root"}, 400), ({"status": "sent"}, 400), ({"kind": "joke"}, 400),
        ({"side": "left"}, 400), ({"start_line": 0}, 400), ({"path": None, "start_line": 1}, 400),
        ({"end_line": 1}, 400),
        ({"session_id": "ffffffff"}, 404), ({"task_id": task.task_id}, 409), ({"message_id": new_id()}, 404),
        ({"text": "x" * 20_001}, 400),
    ):  # fmt: skip
        assert (await daemon.unix.call("POST", "/comments", good | bad)).status == status, bad
    made = await comment(daemon, session.session_id)
    for bad in ({"status": "sent"}, {"status": "stale"}, {"author": "x"}, {"start_line": 9}, {"status": "gone"}):
        assert (await daemon.unix.call("PATCH", f"/comments/{made['comment_id']}", bad)).status == 400, bad
    assert (await daemon.unix.get("/comments"))["total"] == 1


async def test_open_comments_are_sent_once_as_one_prompt(daemon: Running) -> None:
    session, reviewer = await daemon.session(title="Parser"), await daemon.session()
    send = f"/sessions/{session.session_id}/send"
    assert (await daemon.unix.call("POST", send, {})).status == 409
    first = await comment(daemon, session.session_id, text="why [bold]three[/]? \x1b[31m", kind="question")
    second = await comment(daemon, session.session_id, start_line=None, text="split it")
    done = await comment(daemon, session.session_id)
    await daemon.unix.call("PATCH", f"/comments/{done['comment_id']}", {"status": "resolved"})
    task_id = new_id()
    answer = await daemon.unix.call("POST", send, {"to": reviewer.short_id, "task_id": task_id})
    assert (answer.status, answer.body["session_id"]) == (201, reviewer.session_id)
    assert answer.body["full_prompt"] == (
        f"This is a review of the work of another session, {session.short_id} (Parser), in {session.repo.cwd}. "
        "Do what the comment says. Answer the question; change nothing for them.\n\n"
        "1. src/a.py:3 (question)\n```\nline 3\n```\nwhy [bold]three[/]? \x1b[31m\n\n"
        "2. src/a.py (comment)\n```\nline None\n```\nsplit it"
    )
    again = await daemon.unix.call("POST", send, {"to": reviewer.short_id, "task_id": task_id})
    assert again.body == answer.body
    assert (await daemon.unix.call("POST", send, {"to": reviewer.short_id})).status == 409
    assert (await daemon.unix.call("POST", send, {"task_id": task_id})).status == 409
    sent = (await daemon.unix.get(f"/comments?sent_in_task_id={task_id}"))["data"]
    assert {one["comment_id"] for one in sent} == {first["comment_id"], second["comment_id"]}
    assert {one["status"] for one in sent} == {"sent"}
    late = await daemon.unix.call("PATCH", f"/comments/{first['comment_id']}", {"text": "other words"})
    assert late.status == 409
    purged = await daemon.unix.call("DELETE", f"/sessions/{reviewer.session_id}?purge=true")
    assert purged.status in (200, 409)


async def test_a_key_sends_once_also_from_two_clients_at_once(daemon: Running) -> None:
    session = await daemon.session()
    send = f"/sessions/{session.session_id}/send"
    for line in range(1, 4):
        await comment(daemon, session.session_id, start_line=line)
    answers = await asyncio.gather(*(daemon.unix.call("POST", send, {}) for _ in range(6)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert (await daemon.unix.get(f"/tasks?session_id={session.session_id}"))["total"] == 1
    await comment(daemon, session.session_id)
    keyed = [("Idempotency-Key", "once"), ("Host", "x")]
    first, second = [await daemon.unix.call("POST", send, {}, headers=keyed) for _ in range(2)]
    assert (first.status, first.body["task_id"]) == (201, second.body["task_id"])


@pytest.mark.skipif(not processes.CAN_ADOPT, reason="there are no subreapers")
async def test_an_agent_comments_on_any_work_and_changes_only_what_is_its_own(daemon: Running) -> None:
    own, other = await daemon.session(), await daemon.session()
    child = await daemon.session(genealogy=SessionGenealogy(parent_session_id=own.session_id))
    theirs = await comment(daemon, other.session_id)
    on_own = await comment(daemon, own.session_id)
    daemon.supervisor.agents[os.getpid()] = own.session_id
    made = await comment(daemon, other.session_id, text="from a reviewer")
    assert made["author"] == f"session:{own.session_id}"
    for path, body, status in (
        (made["comment_id"], {"text": "better"}, 200), (made["comment_id"], {"status": "resolved"}, 200),
        (theirs["comment_id"], {"text": "mine"}, 403), (theirs["comment_id"], {"status": "resolved"}, 403),
        (on_own["comment_id"], {"status": "resolved"}, 200), (on_own["comment_id"], {"status": "open"}, 403),
    ):  # fmt: skip
        assert (await daemon.unix.call("PATCH", f"/comments/{path}", body)).status == status, (path, body)
    assert (await daemon.unix.call("DELETE", f"/comments/{theirs['comment_id']}")).status == 403
    for source, target, status in ((other, None, 403), (other, child, 201), (other, own, 403)):
        body = {} if target is None else {"to": target.session_id}
        assert (await daemon.unix.call("POST", f"/sessions/{source.session_id}/send", body)).status == status
    assert (await daemon.unix.call("POST", f"/sessions/{other.session_id}/mark", {"read": ["ab"]})).status == 403
    stop = await daemon.unix.call("POST", f"/sessions/{other.session_id}/stop", {"to": child.session_id})
    assert stop.status == 403
