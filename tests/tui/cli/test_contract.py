"""The command line's contract: where options stand, what stdout carries, which exit codes mean what."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agor_core import __version__
from agor_core.agents.registry import DEMO_COMMAND
from agor_core.clock import parse_timestamp
from agor_core.config import pidfile
from agor_core.config.paths import Paths
from agor_daemon import lockfile
from agor_tui.cli.parsing import Verbs
from agor_tui.cli.reference import reference
from agor_tui.cli.root import ENTRIES, command
from tests.builders.app_records import board as make_board
from tests.builders.app_records import session, task
from tests.fakes.scripted_daemon import Drop, ScriptedDaemon, Status, failure, health, page

Agor = Callable[..., Any]


def raw(record: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(record))


@pytest.mark.parametrize(
    "arguments",
    [
        ("--json", "--no-tui", "session", "list"),
        ("session", "--json", "list", "--no-tui"),
        ("session", "list", "--no-tui", "--json"),
    ],
)
def test_global_options_stand_anywhere(daemon: ScriptedDaemon, agor: Agor, arguments: tuple[str, ...]) -> None:
    record = raw(session("A"))
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
    assert (ran.code, ran.out, ran.err) == (code, "", answer.body["message"] + "\n")


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


def test_a_failed_session_says_why(daemon: ScriptedDaemon, agor: Agor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    broken = session("Broken", status="failed", tasks=2, message_count=1, session_id="b")
    last_words = "Demo exited with code 3; its last words: \x1b[31mno 漢字漢字漢字 there\nat all."
    failed = task(broken, 1, status="failed", error=last_words)
    daemon.answers["GET /sessions/b"] = raw(broken)
    daemon.answers["GET /sessions/b/genealogy"] = {"root_id": "b", "sessions": [raw(broken)], "edges": []}
    daemon.answers["GET /tasks"] = page(raw(failed), raw(task(broken, 2, status="queued")))
    ran = agor("session", "show", "b", "--color")
    _, facts, *lines = ran.out.splitlines()
    assert "1 message " in facts
    assert lines[:4] == [
        "\x1b[31mTask 1 failed: Demo exited with code 3; its last\x1b[0m",
        "\x1b[31mwords: no 漢字漢字漢字 there\x1b[0m",
        "\x1b[31mat all.\x1b[0m",
        "",
    ]


def board(**more: Any) -> dict[str, Any]:
    return {**raw(make_board("Main")), "session_count": 2, **more}


def test_a_board_that_is_put_away_is_not_removed(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["PATCH /boards/main"] = board(archived_at="2026-01-01T00:00:00.000Z")
    ran = agor("board", "archive", "main")
    assert (ran.code, ran.err) == (0, "")
    assert "2 sessions  archived" in ran.out
    assert daemon.calls() == ["PATCH /boards/main"]
    assert parse_timestamp(daemon.ledger[-1].body["archived_at"])
    agor("board", "archive", "main", "--undo")
    assert daemon.ledger[-1].body == {"archived_at": None}


@pytest.mark.parametrize(
    ("count", "said"), [(0, ""), (1, "1 session is on no board now."), (2, "2 sessions are on no board now.")]
)
def test_removing_a_board_says_how_many_leave_it(daemon: ScriptedDaemon, agor: Agor, count: int, said: str) -> None:
    daemon.answers["DELETE /boards/main"] = board(session_count=count)
    ran = agor("board", "remove", "main")
    assert (ran.code, ran.err.rstrip()) == (0, said)
    assert daemon.calls() == ["DELETE /boards/main"]


def test_the_demos_version_is_known_before_it_has_run(daemon: ScriptedDaemon, agor: Agor) -> None:
    own = {"name": "demo", "title": "Demo", "installed": True, "command": list(DEMO_COMMAND)}
    other = {"name": "codex", "title": "Codex", "installed": True, "command": ["codex-acp"]}
    daemon.answers["GET /agents"] = page(own, other)
    _, first, second = agor("agent", "list").out.splitlines()
    assert __version__ in first
    assert __version__ not in second
    daemon.answers["GET /agents"] = page({**own, "command": ["another"]}, other)
    assert __version__ not in agor("agent", "list").out


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
    assert "2 sessions are running. Restart it when they have ended: agor daemon restart" in ran.err
    daemon.answers["GET /health"] = health(daemon.paths, version="0.0.9", sessions_running=1)
    assert "1 session is running. Restart it when it has ended: agor" in agor("session", "list").err


def test_json_is_one_record_and_quiet_only_its_id(daemon: ScriptedDaemon, agor: Agor) -> None:
    record = raw(session("A"))
    daemon.answers["POST /sessions"] = Status(201, record)
    assert agor("session", "create", "--agent", "demo", "--json").json == record
    assert agor("session", "create", "--agent", "demo", "-q").out == record["session_id"] + "\n"


LISTS = ("session list", "task list a", "board list", "repo list", "worktree list", "approval list")


@pytest.mark.parametrize("verbs", LISTS)
def test_a_list_of_none_that_was_asked_for_says_nothing(daemon: ScriptedDaemon, agor: Agor, verbs: str) -> None:
    daemon.answers["GET /sessions/a"] = raw(session("A"))
    ran = agor(*verbs.split(), "--limit", "0")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    for service in ("sessions", "tasks", "boards", "repos", "worktrees", "approvals"):
        daemon.answers[f"GET /{service}"] = page()
    assert agor(*verbs.split()).err


def test_a_wide_table_is_cut_to_the_terminal(
    daemon: ScriptedDaemon, agor: Agor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    shown = session("漢字 " * 30, agent="claude-code", done=5, total=7, added=212, removed=18)
    daemon.answers["GET /sessions"] = page(raw(shown))
    head, row = agor("session", "list").out.splitlines()
    assert row.startswith("○ idle")
    assert "…" in row
    from rich.cells import cell_len

    assert max(cell_len(head), cell_len(row)) <= 60


def test_foreign_text_cannot_reach_the_terminal(daemon: ScriptedDaemon, agor: Agor) -> None:
    title = "a\x1b]52;c;Zm9v\x07b\x1b[31mc\u202ed\re\x9b2Jf"
    daemon.answers["GET /sessions"] = page(raw(session(title)))
    out = agor("session", "list").out
    assert "\x1b" not in out
    assert "abcd ef" in out


def test_colour_only_where_it_is_wanted(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["GET /sessions"] = page(raw(session("A", status="failed")))
    assert "\x1b" not in agor("session", "list").out
    assert "\x1b[31m✗ failed\x1b[0m" in agor("session", "list", "--color").out


def test_ascii_marks_where_the_config_wants_them(daemon: ScriptedDaemon, agor: Agor) -> None:
    assert agor("config", "set", "app.glyphs", "ascii").code == 0
    daemon.answers["GET /sessions"] = page(raw(session("A", status="failed")))
    assert "x failed" in agor("session", "list").out


def test_list_options_become_filters(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["GET /boards/main"] = {"board_id": "0190f3c4-7a1e-7c3b-9d2e-9d2e1c4b07aa"}
    daemon.answers["GET /sessions"] = page()
    ran = agor(
        "session", "list", "--status", "needs-you", "--board", "main", "--agent", "demo", "--archived", "-n", "5"
    )
    assert ran.code == 0
    assert daemon.ledger[-1].query == [
        ("$sort[created_at]", "-1"),
        ("status[$in][]", "awaiting_permission"),
        ("agent", "demo"),
        ("board_id", "0190f3c4-7a1e-7c3b-9d2e-9d2e1c4b07aa"),
        ("archived_at[$ne]", "null"),
        ("$limit", "5"),
        ("$skip", "0"),
        ("$total", "false"),
    ]


def test_a_long_list_is_asked_for_in_pages(daemon: ScriptedDaemon, agor: Agor) -> None:
    records = [raw(session(str(number))) for number in range(1500)]

    def answer(call: Any) -> Any:
        asked = dict(call.query)
        return page(*records[int(asked["$skip"]) : int(asked["$skip"]) + int(asked["$limit"])])

    daemon.answers["GET /sessions"] = answer
    assert len(agor("session", "list", "--limit", "1200", "--json").json) == 1200
    assert [dict(call.query)["$limit"] for call in daemon.ledger] == ["1000", "200"]


def test_create_says_what_was_asked_and_where(
    daemon: ScriptedDaemon, agor: Agor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    daemon.answers["POST /sessions"] = Status(201, raw(session("A")))
    assert agor("config", "set", "sessions.agent", "demo").code == 0
    agor(
        "session",
        "create",
        "--title",
        "T",
        "--no-worktree",
        "--id",
        "0190F3C47A1E7C3B9D2E9D2E1C4B07AA",
        "--prompt",
        "hi",
    )
    assert daemon.ledger[-1].body == {
        "agent": "demo",
        "session_id": "0190f3c4-7a1e-7c3b-9d2e-9d2e1c4b07aa",
        "cwd": str(tmp_path),
        "title": "T",
        "worktree": False,
        "prompt": "hi",
    }


def test_a_create_goes_through_when_the_connection_breaks(daemon: ScriptedDaemon, agor: Agor) -> None:
    record = raw(session("A"))
    daemon.answers["POST /sessions"] = [Drop(), Status(201, record)]
    assert agor("session", "create", "--agent", "demo", "--json").json == record
    assert daemon.ledger[0].body["session_id"] == daemon.ledger[1].body["session_id"]


def test_a_prompt_comes_from_stdin(daemon: ScriptedDaemon, agor: Agor, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    daemon.answers["POST /sessions/a/prompt"] = Status(201, raw(task(session("A"))))
    monkeypatch.setattr(sys, "stdin", io.StringIO("line one\nline two\n"))
    assert agor("session", "prompt", "a", "-").code == 0
    assert daemon.ledger[-1].body["prompt"] == "line one\nline two\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO("  \n"))
    assert agor("session", "prompt", "a", "-").code == 2


def test_fork_takes_a_number_or_an_id(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["POST /sessions/a/fork"] = Status(201, raw(session("A")))
    agor("session", "fork", "a", "--at", "2", "--point", "start", "--agent", "codex")
    agor("session", "fork", "a", "--at", "9d2e1c4b", "--same-directory", "--prompt", "go")
    first, second = (call.body for call in daemon.ledger)
    assert {**first, "session_id": None} == {"at": 2, "point": "start", "agent": "codex", "session_id": None}
    assert second["at"] == "9d2e1c4b"
    assert second["same_directory"] is True
    assert second["task_id"] != second["session_id"]


def test_an_approval_is_answered_by_its_session_too(daemon: ScriptedDaemon, agor: Agor) -> None:
    asking = session("A")
    approval = {
        "approval_id": "0190f3c4-0000-7000-8000-000000000001",
        "session_id": asking.session_id,
        "task_id": "t",
        "status": "allowed",
        "tool": {"call_id": "c", "title": "rm -rf build/"},
        "created_at": "2026-01-01T00:00:00.000Z",
        "updated_at": "2026-01-01T00:00:00.000Z",
    }
    daemon.answers[f"GET /sessions/{asking.short_id}"] = raw(asking)
    daemon.answers["GET /approvals"] = page(approval)
    daemon.answers[f"PATCH /approvals/{approval['approval_id']}"] = approval
    ran = agor("approval", "allow", asking.short_id, "--always")
    assert (ran.code, ran.out) == (0, "allowed  rm -rf build/\n")
    assert daemon.ledger[-1].body == {"decision": "always"}
    assert agor("approval", "deny", "nosuch").code == 3


def test_the_overview_says_what_needs_a_person(daemon: ScriptedDaemon, agor: Agor) -> None:
    waiting = raw(session("Wants something", status="awaiting_permission", asks="rm -rf build/"))

    def sessions(call: Any) -> Any:
        asked = dict(call.query)
        if asked["$limit"] == "0":
            return {**page(), "total": 1 if asked["status"] == "awaiting_permission" else 0}
        return page(waiting) if asked.get("status") == "awaiting_permission" else page()

    daemon.answers["GET /sessions"] = sessions
    ran = agor("--no-tui")
    assert ran.code == 0
    assert "◐ 1 needs you" in ran.out
    assert f"agor approval allow {waiting['short_id']}" in ran.out
    assert agor("--json").json["needs_you"] == [waiting]


def test_the_lines_of_help_are_the_commands_own() -> None:
    import click

    root = command(lambda _: None)

    def check(group: Verbs, ctx: click.Context) -> int:
        count = 0
        for name, entry in group.entries.items():
            found = group.get_command(ctx, name)
            assert found is not None, name
            assert found.name == name
            first = (found.help or "").split("\n\n")[0].replace("\n", " ").strip()
            assert first.startswith(entry.help.rstrip(".")), (name, entry.help, first)
            count += 1
            if isinstance(found, Verbs):
                count += check(found, ctx)
        return count

    with click.Context(root) as ctx:
        assert check(root, ctx) > len(ENTRIES) + 30


def test_every_verb_is_in_the_reference() -> None:
    text = reference()
    assert "### agor session create" in text
    assert "`--same-directory`" in text
    assert "--no-tui" in text.split("## agor session")[0]


def test_version(agor: Agor) -> None:
    assert agor("--version").out == f"agor {__version__}\n"


def test_completion_knows_the_verbs(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "agor_tui", "session"],
        env={**os.environ, "_AGOR_COMPLETE": "bash_complete", "COMP_WORDS": "agor session fo", "COMP_CWORD": "2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout == "plain,fork\n"


HEAVY = ("sqlalchemy", "textual", "pydantic", "rich", "asyncio", "websockets", "uuid6", "http.client", "tomlkit")


@pytest.mark.parametrize(
    ("arguments", "banned"),
    [
        (["--help"], HEAVY),
        (["session", "create", "--help"], ("sqlalchemy", "textual", "pydantic", "rich", "asyncio", "websockets")),
        (["config", "get"], ("sqlalchemy", "textual", "pydantic", "rich", "asyncio", "websockets", "http.client")),
    ],
)
def test_start_up_loads_only_what_it_needs(arguments: list[str], banned: tuple[str, ...]) -> None:
    program = (
        "import sys; from agor_tui.__main__ import main; code = main(sys.argv[1:]); "
        "sys.stderr.write('\\n'.join(sys.modules)); sys.exit(code)"
    )
    ran = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    loaded = set(ran.stderr.splitlines())
    assert loaded.isdisjoint(banned), sorted(loaded & set(banned))


def test_a_list_loads_neither_rich_nor_the_feed(daemon: ScriptedDaemon) -> None:
    daemon.answers["GET /sessions"] = page(raw(session("A plain title", branch="main")))
    program = (
        "import sys; from agor_tui.__main__ import main; code = main(['--json', 'session', 'list']); "
        "sys.stderr.write('\\n'.join(sys.modules)); sys.exit(code)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(ran.stderr.splitlines()).isdisjoint(
        {"sqlalchemy", "textual", "pydantic", "rich", "asyncio", "websockets", "uuid6", "tomlkit"}
    )


def test_a_missing_home_of_somebody_is_not_made_by_reading_help() -> None:
    home = Paths.from_environment().home
    subprocess.run([sys.executable, "-m", "agor_tui", "--help"], check=True, stdout=subprocess.DEVNULL)
    assert not home.exists()


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_streams_that_are_closed_lead_nowhere(daemon: ScriptedDaemon, closed: tuple[int, ...]) -> None:
    daemon.answers["GET /sessions"] = page(raw(session("A")))
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


def test_a_stop_waits_or_is_forced_never_both(agor: Agor) -> None:
    for verb in ("stop", "restart"):
        ran = agor("daemon", verb, "--wait", "--force")
        assert (ran.code, "exclude each other" in ran.err) == (2, True)
    assert "not running" in agor("daemon", "stop", "--wait").err


def test_the_status_says_what_there_is_to_know(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["GET /health"] = {**health(daemon.paths), "clients": 3, "schema": "0007", "sessions_running": 2}
    out = agor("daemon", "status").out
    for fact in ("version", "pid", "up ", "0007", "2 sessions", "3 on the feed", "MB", "daemon.log"):
        assert fact in out


@pytest.mark.parametrize("verbs", [("migrate", "0001"), ("downgrade",), ("downgrade", "0001"), ("downgrade", "--json")])
def test_a_downgrade_is_refused_with_the_way_back(agor: Agor, verbs: tuple[str, ...]) -> None:
    ran = agor("db", *verbs)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    for word in ("never taken back", "agor daemon stop", str(Paths.from_environment().backups)):
        assert word in ran.err
    assert not Paths.from_environment().home.exists()


def test_a_daemon_that_runs_is_exit_one_for_a_second(daemon: ScriptedDaemon) -> None:
    with lockfile.held(daemon.paths.lock):
        ran = subprocess.run([sys.executable, "-m", "agor_tui", "daemon", "run"], capture_output=True, check=False)
    assert (ran.returncode, b"already running" in ran.stderr) == (1, True)
