"""Hostile input of a person, a script or an agent: one clear sentence, and nothing changed."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.builders.app_records import session
from tests.builders.records import as_json
from tests.fakes.scripted_daemon import ScriptedDaemon, Status, failure, page

Agor = Callable[..., Any]


def test_a_failures_text_is_cleaned(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["GET /sessions/x"] = Status(404, failure(404, "NotFound", "No \x1b]0;owned\x07title\x1b[2J."))
    assert agor("session", "show", "x").err == "No title.\n"


def test_an_empty_id_is_refused_and_one_that_is_a_path_is_no_id(daemon: ScriptedDaemon, agor: Agor) -> None:
    for verbs in (
        "session show",
        "session stop",
        "session tree",
        "task show",
        "task diff",
        "board show",
        "approval deny",
    ):
        noun = verbs.split()[0]
        for nothing in ("", " "):
            ran = agor(*verbs.split(), nothing)
            assert (ran.code, ran.out, ran.err) == (2, "", f"The {noun}'s id is empty.\n"), verbs
        ran = agor(*verbs.split(), "../health")
        assert (ran.code, ran.out, ran.err) == (3, "", f"No {noun} has the id '../health'.\n"), verbs
    assert agor("session", "list", "--board", "").err == "The board's id is empty.\n"
    assert daemon.calls() == []
    agor("session", "show", "a ?#%2F")
    assert daemon.calls()[-1] == "GET /sessions/a ?#%2F"


def test_foreign_text_cannot_reach_the_terminal(daemon: ScriptedDaemon, agor: Agor) -> None:
    title = "a\x1b]52;c;Zm9v\x07b\x1b[31mc\u202ed\re\x9b2Jf"
    daemon.answers["GET /sessions"] = page(as_json(session(title)))
    out = agor("session", "list").out
    assert "\x1b" not in out
    assert "abcd ef" in out


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_streams_that_are_closed_lead_nowhere(daemon: ScriptedDaemon, closed: tuple[int, ...]) -> None:
    daemon.answers["GET /sessions"] = page(as_json(session("A")))
    shut = " ".join({0: "<&-", 1: ">&-", 2: "2>&-"}[number] for number in closed)
    ran = subprocess.run(
        ["sh", "-c", f'exec "$0" -m agor_tui session list {shut}', sys.executable], capture_output=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_a_closed_stdin_is_an_empty_one(daemon: ScriptedDaemon) -> None:
    ran = subprocess.run(
        ["sh", "-c", 'exec "$0" -m agor_tui session prompt abcd - <&-', sys.executable],
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (2, b"The prompt is empty.\n")


def test_bytes_that_are_no_text_are_refused(daemon: ScriptedDaemon, agor: Agor) -> None:
    ran = agor("session", "prompt", "abcd", "a\udcff")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert "UTF-8" in ran.err


def test_a_long_argument_is_truncated_in_the_error(daemon: ScriptedDaemon, agor: Agor) -> None:
    huge = "a" * 50_000
    daemon.answers[f"GET /sessions/{huge}"] = Status(404, failure(404, "NotFound", f"No session has the id {huge!r}."))
    for verbs in (
        ("session", "show", huge),
        ("config", "get", huge),
        ("session", "create", "--agent", "demo", "--id", huge),
    ):
        ran = agor(*verbs)
        assert ran.code in (2, 3)
        assert len(ran.err) < 2100
        assert ran.err.endswith("…\n")


def test_a_folder_that_cannot_be_is_one_that_there_is_not(daemon: ScriptedDaemon, agor: Agor) -> None:
    for folder in ("/no\x1b[31mwhere", "a" * 5000):
        ran = agor("session", "create", "--agent", "demo", "--cwd", folder)
        assert (ran.code, ran.err.startswith("There is no folder ")) == (2, True)
        assert "\x1b" not in ran.err
    assert daemon.calls() == []


def test_a_folder_that_says_nothing_is_refused(
    daemon: ScriptedDaemon, agor: Agor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = ("session", "create", "--agent", "demo", "--cwd")
    for verb in (create, ("repo", "add")):
        for folder, said in ((" ", "The folder's name is empty.\n"), ("~nobody-here", "is in no user's home.\n")):
            ran = agor(*verb, folder)
            assert (ran.code, ran.out, ran.err.endswith(said)) == (2, "", True)
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    for verb in (create[:-1], (*create, "here"), ("repo", "add", ".")):  # type: ignore[assignment]
        ran = agor(*verb)
        assert (ran.code, ran.err) == (2, "The folder that you are in is gone.\n")
    assert daemon.calls() == []


def test_an_empty_agent_is_not_the_default_one(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["POST /sessions"] = Status(400, failure(400, "BadRequest", "'' is not a registered agent."))
    assert agor("session", "create", "--agent", "").code == 2
    assert daemon.ledger[-1].body["agent"] == ""


def test_wrong_usage_is_cleaned_too(agor: Agor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("click._compat.isatty", lambda _: True)  # elsewhere click itself takes colours away
    ran = agor("session", "list", "\x1b[2J\x1b]0;owned\x07x")
    assert (ran.code, "\x1b" in ran.err, "owned" in ran.err) == (2, False, False)
    assert ran.err.endswith("(x)\n")
