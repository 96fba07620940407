"""The command line's contract: places of options, content of stdout, exit codes."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agor_core import __version__
from agor_core.config import pidfile
from tests.builders.app_records import approval, session
from tests.builders.records import as_json
from tests.fakes.scripted_daemon import ScriptedDaemon, Status, failure, health, page

Agor = Callable[..., Any]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--json", "--no-tui", "session", "list"),
        ("session", "--json", "list", "--no-tui"),
        ("session", "list", "--no-tui", "--json"),
    ],
)
def test_global_options_stand_anywhere(daemon: ScriptedDaemon, agor: Agor, arguments: tuple[str, ...]) -> None:
    record = as_json(session("A"))
    daemon.answers["GET /sessions"] = page(record)
    ran = agor(*arguments)
    assert (ran.code, ran.json, ran.err) == (0, [record], "")


def test_home_is_a_global_option(daemon: ScriptedDaemon, agor: Agor, monkeypatch: pytest.MonkeyPatch) -> None:
    daemon.answers["GET /agents"] = page()
    home = os.environ["AGOR_HOME"]
    monkeypatch.setenv("AGOR_HOME", "/nonexistent/agor")
    assert agor("agent", "list", "--home", home, "--json").json == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Status(404, failure(404, "NotFound", "No session has the id 'x'.")), 3),
        (Status(409, failure(409, "Conflict", "Two fit.", candidates=[{"id": "a", "title": "A"}])), 3),
        (Status(409, failure(409, "Conflict", "It runs.")), 1),
        (Status(400, failure(400, "BadRequest", "at: must be a number.")), 2),
        (Status(413, failure(413, "PayloadTooLarge", "The body is longer than 10,000,000 bytes.")), 2),
        (Status(422, failure(422, "Unprocessable", "The agent is not installed.")), 1),
        (Status(503, failure(503, "Unavailable", "It is stopping.")), 1),
    ],
)
@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_every_failure_has_its_exit_code_and_one_sentence(
    daemon: ScriptedDaemon, agor: Agor, answer: Status, code: int, flags: tuple[str, ...]
) -> None:
    daemon.answers["GET /sessions/x"] = answer
    ran = agor("session", "show", "x", *flags)
    assert (ran.code, ran.out) == (code, "")
    if flags:
        assert json.loads(ran.err) == {**answer.body, "exit_code": code}
    else:
        assert ran.err == answer.body["message"] + "\n"


def test_usage_errors_are_exit_two_and_say_what_there_is(agor: Agor) -> None:
    assert agor("session", "create", "--wait").code == 2
    assert agor("session", "show").code == 2
    wrong = agor("sessio")
    assert wrong.code == 2
    assert "session" in wrong.err
    assert agor("session", "list", "--nonsense").code == 2


def test_no_daemon_is_exit_four_with_the_reason_it_gave(agor: Agor) -> None:
    home = Path(os.environ["AGOR_HOME"])
    home.parent.mkdir(exist_ok=True)
    home.write_text("a file is in the way")
    ran = agor("session", "list")
    assert ran.code == 4
    assert "cannot be used" in ran.err
    assert "Traceback" not in ran.err


def test_a_daemon_of_another_version_with_work_is_named_and_left_alone(daemon: ScriptedDaemon, agor: Agor) -> None:
    pidfile.write(
        daemon.paths.pid,
        pidfile.of_this_process(version="0.0.9", port=0, socket=str(daemon.paths.socket), started_at=""),
    )
    daemon.answers["GET /health"] = health(daemon.paths, version="0.0.9", sessions_running=2)
    ran = agor("session", "list")
    assert ran.code == 4
    assert "0.0.9" in ran.err
    assert __version__ in ran.err
    assert "2 sessions are running. Restart it when they have ended: agor daemon restart --wait\n" in ran.err
    daemon.answers["GET /health"] = health(daemon.paths, version="0.0.9", sessions_running=1)
    assert "1 session is running. Restart it when it has ended: agor" in agor("session", "list").err


def test_json_is_one_record_and_quiet_only_its_id(daemon: ScriptedDaemon, agor: Agor) -> None:
    record = as_json(session("A"))
    daemon.answers["POST /sessions"] = Status(201, record)
    assert agor("session", "create", "--agent", "demo", "--json").json == record
    assert agor("session", "create", "--agent", "demo", "-q").out == record["session_id"] + "\n"


LISTS = ("session list", "task list a", "board list", "repo list", "worktree list", "approval list")


@pytest.mark.parametrize("verbs", LISTS)
def test_a_list_of_none_that_was_asked_for_says_nothing(daemon: ScriptedDaemon, agor: Agor, verbs: str) -> None:
    daemon.answers["GET /sessions/a"] = as_json(session("A"))
    ran = agor(*verbs.split(), "--limit", "0")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    for service in ("sessions", "tasks", "boards", "repos", "worktrees", "approvals"):
        daemon.answers[f"GET /{service}"] = page()
    assert agor(*verbs.split()).err


def test_the_overview_says_what_needs_a_person(daemon: ScriptedDaemon, agor: Agor) -> None:
    waiting = as_json(session("Wants something", status="awaiting_permission", asks="rm -rf build/"))

    def sessions(call: Any) -> Any:
        asked = dict(call.query)
        if asked["$limit"] == "0":
            return {**page(), "total": 1 if asked["status"] == "awaiting_permission" else 0}
        return page(waiting) if asked.get("status") == "awaiting_permission" else page()

    asked = approval(session("Wants something", session_id=waiting["session_id"]), "May I tidy up?")
    tool = {**as_json(asked.tool), "input": {"command": "rm -rf build/"}}
    daemon.answers["GET /sessions"] = sessions
    daemon.answers["GET /approvals"] = page({**as_json(asked), "tool": tool})
    ran = agor("--no-tui")
    assert ran.code == 0
    assert "◐ 1 needs you" in ran.out
    assert "May I tidy up?\n  $ rm -rf build/\n" in ran.out
    assert f"agor approval allow {waiting['short_id']}" in ran.out
    tool["input"] = {"command": "true\n" * 40}
    ran = agor("--no-tui")
    assert f"… there is more: agor session show {waiting['short_id']}" in ran.out
    assert "agor approval allow" not in ran.out
    assert agor("--json").json["needs_you"] == [waiting]


def test_version(agor: Agor) -> None:
    assert agor("--version").out == f"agor {__version__}\n"


def test_the_overview_notices_a_daemon_that_hangs_at_its_first_call(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["GET /sessions"] = page()
    assert agor("--no-tui").code == 0
    assert daemon.calls()[0] == "GET /sessions"
    assert "GET /health" in daemon.calls()
