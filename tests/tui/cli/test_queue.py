"""The queue on the command line, retries, and sessions that go on after the daemon's end."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from agor_core.domain.task import DAEMON_STOPPED
from agor_tui.cli.ending import tell_how_to_go_on, tell_what_ends
from agor_tui.cli.invocation import Invocation
from tests.builders.app_records import approval as make_approval
from tests.builders.app_records import session, task
from tests.builders.records import as_json
from tests.fakes.scripted_daemon import ScriptedDaemon, Status, failure, page

Agor = Callable[..., Any]
ONE = session("One", status="idle", tasks=2)
WAITS = task(ONE, 2, status="queued", full_prompt="then this")
TASK = f"/tasks/{WAITS.task_id}"


def test_each_change_of_the_queue_is_one_call(daemon: ScriptedDaemon, agor: Agor) -> None:
    for action in ("edit", "move", "drop", "now"):
        daemon.answers[f"POST /tasks/t/{action}"] = daemon.answers[f"POST {TASK}/{action}"] = as_json(WAITS)
    daemon.answers["GET /tasks/t"] = as_json(WAITS)
    for words, body in (
        (("edit", "t", "new words"), {"prompt": "new words"}),
        (("move", "t", "2"), {"to": 2}),
        (("drop", "t"), {}),
        (("now", "t", "--interrupt"), {"interrupt": True}),
    ):
        assert agor("queue", *words).code == 0
        assert daemon.ledger[-1].body == body
    assert agor("queue", "move", "t", "0").code == 2


def test_the_list_says_that_it_is_paused(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["GET /sessions/one"] = as_json(replace(ONE, queue_paused=True))
    daemon.answers["GET /tasks"] = page(as_json(WAITS))
    ran = agor("queue", "list", "one")
    assert "then this" in ran.out
    assert f"agor queue resume {ONE.short_id}" in ran.err


def test_a_stop_says_what_it_kept(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["POST /sessions/one/stop"] = as_json(replace(ONE, queue_paused=True))
    daemon.answers["GET /tasks"] = page(as_json(WAITS))
    ran = agor("session", "stop", "one")
    assert "1 queued prompt kept, paused" in ran.err
    daemon.answers["POST /sessions/one/stop"] = as_json(ONE)
    assert agor("session", "stop", "one", "--queue").err == ""
    assert daemon.ledger[-1].body == {"queue": True}


def test_a_prompt_now_waits_where_the_agent_takes_none(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["POST /sessions/one/prompt"] = as_json(WAITS)
    daemon.answers[f"POST {TASK}/now"] = Status(409, failure(409, "Conflict", "The agent takes none."))
    ran = agor("session", "prompt", "one", "then this", "--now")
    assert (ran.code, "waits in the queue: The agent takes none" in ran.err) == (0, True)


def test_a_retry_is_in_place_unless_changed_words_meet_changed_files(daemon: ScriptedDaemon, agor: Agor) -> None:
    failed = task(ONE, 1, status="failed", full_prompt="do it", files=("a.txt",))
    daemon.answers["GET /tasks/t"] = as_json(failed)
    daemon.answers[f"POST /tasks/{failed.task_id}/retry"] = as_json(failed)
    daemon.answers[f"POST /sessions/{ONE.session_id}/fork"] = as_json(ONE)
    agor("task", "retry", "t")
    assert daemon.ledger[-1].body["prompt"] == "do it"
    agor("task", "retry", "t", "--prompt", "do it well")
    body = daemon.ledger[-1].body
    assert (body["at"], body["point"], body["prompt"]) == (failed.task_id, "start", "do it well")
    agor("task", "retry", "t", "--prompt", "do it well", "--in-place")
    assert daemon.calls()[-1] == f"POST /tasks/{failed.task_id}/retry"


def test_what_ended_with_the_daemon_goes_on(daemon: ScriptedDaemon, agor: Agor) -> None:
    assert ONE.current is not None
    cut_off = replace(ONE, current=replace(ONE.current, status="cancelled", error=DAEMON_STOPPED))
    daemon.answers["GET /sessions"] = page(as_json(cut_off), as_json(session("Two")))
    daemon.answers[f"POST /sessions/{ONE.session_id}/prompt"] = as_json(WAITS)
    daemon.answers[f"GET /sessions/{ONE.session_id}"] = as_json(cut_off)
    ran = agor("session", "restore", "--all")
    assert (ran.code, len(ran.out.splitlines())) == (0, 1)
    assert "⊘ cancelled" in ran.out
    assert [call for call in daemon.calls() if call.endswith("/prompt")] == [f"POST /sessions/{ONE.session_id}/prompt"]
    assert agor("session", "restore").code == 2
    daemon.answers["GET /sessions/two"] = as_json(session("Two"))
    assert agor("session", "restore", "two").code == 1


def test_before_the_daemon_ends_the_open_questions_are_named(
    daemon: ScriptedDaemon, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon.answers["GET /approvals"] = page(as_json(make_approval(ONE, "rm -rf \x1b[31mbuild")))
    daemon.answers["GET /health"] = {"sessions_running": 1}
    invocation = Invocation(home=str(daemon.paths.home))
    assert tell_what_ends(invocation) == 1
    tell_how_to_go_on(invocation, 1)
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "1 question waits for an answer:"
    assert said[1].startswith(f"  {ONE.short_id} wants: rm -rf")
    assert said[2:] == [
        "The task that runs is cancelled, and so is each question.", "agor session restore --all lets it go on.",
    ]  # fmt: skip
