"""``--wait`` and ``watch``: subscribed to the feed first, no change missed, the outcome is the exit code."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests.builders.app_records import approval as make_approval
from tests.builders.app_records import message, session, task
from tests.builders.records import as_json
from tests.fakes.scripted_daemon import Call, Drop, ScriptedDaemon, Status, page

Agor = Callable[..., Any]
OF = session("A")


def hello(number: int = 1) -> dict[str, Any]:
    return {"type": "hello", "cursor": f"e:{number}", "version": "0.1.0"}


def change(service: str, record: dict[str, Any], number: int = 2, event: str = "patched") -> dict[str, Any]:
    key = {"tasks": "task_id", "messages": "message_id", "approvals": "approval_id"}[service]
    return {
        "type": "change",
        "cursor": f"e:{number}",
        "service": service,
        "event": event,
        "id": record[key],
        "record": record,
        "at": "2026-01-01T00:00:00.000Z",
    }


def a_task(daemon: ScriptedDaemon, after: Callable[[dict[str, Any], dict[str, Any]], None], end: str) -> dict[str, Any]:
    """Script a prompt whose task runs until the feed says that it ended."""
    state = {"task": as_json(task(OF, 1, status="running", completed_at=None))}

    def prompt(call: Call) -> Status:
        state["task"]["task_id"] = call.body["task_id"]
        path = f"GET /tasks/{call.body['task_id']}"
        daemon.answers[path] = [Status(200, state["task"]), Status(200, {**state["task"], "status": end})]
        after(state["task"], {**state["task"], "status": end})
        return Status(201, state["task"])

    daemon.answers["POST /sessions/a/prompt"] = prompt
    daemon.answers["GET /approvals"] = page()
    daemon.frames.put(hello())
    return state


@pytest.mark.parametrize(("end", "code"), [("completed", 0), ("failed", 1), ("cancelled", 1)])
def test_the_end_comes_over_the_feed_and_is_the_exit_code(
    daemon: ScriptedDaemon, agor: Agor, end: str, code: int
) -> None:
    def after(running: dict[str, Any], ended: dict[str, Any]) -> None:
        daemon.frames.put(change("tasks", {**ended, "task_id": "another"}))
        daemon.frames.put(change("tasks", running))
        daemon.frames.put(change("tasks", ended))

    a_task(daemon, after, end)
    ran = agor("session", "prompt", "a", "go", "--wait", "--json")
    assert ran.code == code
    assert ran.json["status"] == end


def test_it_is_subscribed_before_the_task_is_begun(daemon: ScriptedDaemon, agor: Agor) -> None:
    feeds_at_prompt: list[int] = []

    def after(running: dict[str, Any], ended: dict[str, Any]) -> None:
        feeds_at_prompt.append(len(daemon.feeds))
        daemon.frames.put(change("tasks", ended))

    a_task(daemon, after, "completed")
    assert agor("session", "prompt", "a", "go", "--wait").code == 0
    assert feeds_at_prompt == [1]


def test_a_break_in_between_does_not_lose_the_end(daemon: ScriptedDaemon, agor: Agor) -> None:
    def after(running: dict[str, Any], ended: dict[str, Any]) -> None:
        daemon.frames.put(Drop())
        daemon.frames.put(hello(1))

    a_task(daemon, after, "completed")
    assert agor("session", "prompt", "a", "go", "--wait").code == 0
    assert len(daemon.feeds) == 2


def test_it_says_which_permission_is_waited_for(daemon: ScriptedDaemon, agor: Agor) -> None:
    approval = as_json(make_approval(OF, "rm -rf\x1b[2J build/"))

    def after(running: dict[str, Any], ended: dict[str, Any]) -> None:
        daemon.frames.put(change("approvals", {**approval, "session_id": "another"}))
        daemon.frames.put(change("approvals", approval))
        daemon.frames.put(change("tasks", ended))

    a_task(daemon, after, "completed")
    ran = agor("session", "prompt", "a", "go", "--wait", "--json")
    assert ran.err.count("Needs permission: rm -rf\u241b[2J build/") == 1
    assert f"agor approval allow {approval['approval_id']}" in ran.err
    assert ran.json["status"] == "completed"


def test_ctrl_c_leaves_the_task_running(daemon: ScriptedDaemon) -> None:
    begun = threading.Event()

    def after(running: dict[str, Any], ended: dict[str, Any]) -> None:
        begun.set()

    a_task(daemon, after, "completed")
    with subprocess.Popen(
        [sys.executable, "-m", "agor_tui", "session", "prompt", "a", "go", "--wait"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as waiting:
        assert begun.wait(10)
        deadline = time.monotonic() + 10
        while "GET /approvals" not in daemon.calls() and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(waiting.pid, signal.SIGINT)
        out, err = waiting.communicate(timeout=10)
    assert waiting.returncode == 130
    assert out == ""
    assert err.rstrip() == f"The task goes on; watch it with: agor session watch {OF.session_id}"
    assert all("stop" not in call for call in daemon.calls())


def test_watch_prints_each_piece_once(daemon: ScriptedDaemon, agor: Agor) -> None:
    running = task(OF, 1, status="running", completed_at=None)
    said = message(running, 0, "Hello w", complete=False)
    tool = as_json(message(running, 1, role="tool"))
    tool["tool"] = {"call_id": "c", "title": "Write a.txt", "status": "completed", "locations": ["/p/a.txt"]}
    daemon.answers[f"GET /sessions/{OF.short_id}"] = as_json(OF)
    daemon.answers["GET /tasks"] = page(as_json(running))
    daemon.answers["GET /messages"] = page(as_json(said))
    daemon.answers["GET /approvals"] = page()

    def delta(offset: int, text: str, of: str = said.message_id) -> dict[str, Any]:
        return {"type": "delta", "service": "messages", "id": of, "offset": offset, "text": text}

    for frame in (
        hello(),
        delta(5, " wö"),  # partly known
        delta(3, "XX", "another session's message"),
        delta(8, "rl\x1b[2Jd"),
        change("messages", {**as_json(said), "text": "Hello wörl\x1b[2Jd!", "complete": True}),
        change("messages", tool, event="created"),
        change("tasks", {**as_json(running), "status": "completed"}),
    ):
        daemon.frames.put(frame)
    ran = agor("session", "watch", OF.short_id)
    assert ran.code == 0
    assert ran.out == "Hello wörld!\n▸ Write a.txt\n"


def test_watch_fetches_what_it_missed(daemon: ScriptedDaemon, agor: Agor) -> None:
    running = task(OF, 1, status="running", completed_at=None)
    said = message(running, 0, "One ", complete=False)
    daemon.answers[f"GET /sessions/{OF.short_id}"] = as_json(OF)
    daemon.answers["GET /tasks"] = page(as_json(running))
    daemon.answers["GET /messages"] = page(as_json(said))
    daemon.answers["GET /approvals"] = page()
    daemon.answers[f"GET /messages/{said.message_id}"] = {**as_json(said), "text": "One two "}
    for frame in (
        hello(),
        {"type": "delta", "service": "messages", "id": said.message_id, "offset": 8, "text": "three"},
        change("tasks", {**as_json(running), "status": "failed", "error": "It broke."}),
    ):
        daemon.frames.put(frame)
    ran = agor("session", "watch", OF.short_id)
    assert ran.code == 1
    assert ran.out == "One two three\n"
    assert ran.err == "Task 1 failed: It broke.\n"


def test_the_feed_is_printed_as_json_lines(daemon: ScriptedDaemon) -> None:
    record = as_json(task(OF, 1))
    daemon.frames.put(hello())
    daemon.frames.put(change("tasks", record))
    with subprocess.Popen(
        [sys.executable, "-m", "agor_tui", "feed", "--since", "e:0", "--service", "tasks"], stdout=subprocess.PIPE
    ) as feed:
        assert feed.stdout is not None
        assert msgspec.json.decode(feed.stdout.readline())["type"] == "hello"
        assert msgspec.json.decode(feed.stdout.readline())["record"] == record
        os.kill(feed.pid, signal.SIGINT)
        assert feed.wait(10) == 130
    assert daemon.feeds[0].query == [("since", "e:0"), ("service", "tasks")]


def test_the_output_of_a_set_up_goes_to_stderr_as_it_comes(daemon: ScriptedDaemon, agor: Agor) -> None:
    def after(running: dict[str, Any], ended: dict[str, Any]) -> None:
        tool = {"call_id": "agor-setup-1", "title": "Set-up: npm ci", "status": "in_progress"}
        said = {**as_json(message(task(OF, 1), 1)), "task_id": running["task_id"]}
        for number, output in enumerate((None, "one\ntw", "one\ntwo\n\x1b[31mthree")):
            done = "completed" if number == 2 else "in_progress"
            changed = {**said, "tool": {**tool, "status": done, "output": output}}
            daemon.frames.put(change("messages", changed, number + 2))
        other = {**said, "tool": {**tool, "call_id": "x", "output": "not this\n"}}
        daemon.frames.put(change("messages", other, 8))
        daemon.frames.put(change("tasks", ended, 9))

    a_task(daemon, after, "completed")
    ran = agor("session", "prompt", "a", "go", "--wait", "--json")
    assert ran.code == 0
    lines = [each.rstrip() for each in ran.err.splitlines()]
    assert lines[:3] == ["Set-up: npm ci", "  one", "  two"]
    assert lines[3].startswith("  ")
    assert "three" in lines[3]
    assert "\x1b" not in ran.err
    assert "not this" not in ran.err
