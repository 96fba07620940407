"""Records as text: tables in a given width, colour, marks, reasons of failures."""

from collections.abc import Callable
from typing import Any

import pytest

from agor_core import __version__
from agor_core.agents.registry import DEMO_COMMAND
from tests.builders.app_records import session, task
from tests.builders.records import as_json
from tests.fakes.scripted_daemon import ScriptedDaemon, page

Agor = Callable[..., Any]


def test_a_failed_session_says_why(daemon: ScriptedDaemon, agor: Agor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    broken = session("Broken", status="failed", tasks=2, message_count=1, session_id="b")
    last_words = "Demo exited with code 3; its last words: \x1b[31mno 漢字漢字漢字 there\nat all."
    failed = task(broken, 1, status="failed", error=last_words)
    daemon.answers["GET /sessions/b"] = as_json(broken)
    daemon.answers["GET /sessions/b/genealogy"] = {"root_id": "b", "sessions": [as_json(broken)], "edges": []}
    daemon.answers["GET /tasks"] = page(as_json(failed), as_json(task(broken, 2, status="queued")))
    ran = agor("session", "show", "b", "--color")
    _, facts, *lines = ran.out.splitlines()
    assert "1 message " in facts
    assert lines[:4] == [
        "\x1b[31mTask 1 failed: Demo exited with code 3; its last\x1b[0m",
        "\x1b[31mwords: no 漢字漢字漢字 there\x1b[0m",
        "\x1b[31mat all.\x1b[0m",
        "",
    ]


def test_the_demos_version_is_known_before_it_has_run(daemon: ScriptedDaemon, agor: Agor) -> None:
    own = {"name": "demo", "title": "Demo", "installed": True, "command": list(DEMO_COMMAND)}
    other = {"name": "codex", "title": "Codex", "installed": True, "command": ["codex-acp"]}
    daemon.answers["GET /agents"] = page(own, other)
    _, first, second = agor("agent", "list").out.splitlines()
    assert __version__ in first
    assert __version__ not in second
    daemon.answers["GET /agents"] = page({**own, "command": ["another"]}, other)
    assert __version__ not in agor("agent", "list").out


def test_a_wide_table_is_cut_to_the_terminal(
    daemon: ScriptedDaemon, agor: Agor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    shown = session("漢字 " * 30, agent="claude-code", done=5, total=7, added=212, removed=18)
    daemon.answers["GET /sessions"] = page(as_json(shown))
    head, row = agor("session", "list").out.splitlines()
    assert row.startswith("○ idle")
    assert "…" in row
    from rich.cells import cell_len

    assert max(cell_len(head), cell_len(row)) <= 60


def test_colour_only_where_it_is_wanted(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["GET /sessions"] = page(as_json(session("A", status="failed")))
    assert "\x1b" not in agor("session", "list").out
    assert "\x1b[31m✗ failed\x1b[0m" in agor("session", "list", "--color").out


def test_ascii_marks_where_the_config_wants_them(daemon: ScriptedDaemon, agor: Agor) -> None:
    assert agor("config", "set", "app.glyphs", "ascii").code == 0
    daemon.answers["GET /sessions"] = page(as_json(session("A", status="failed")))
    assert "x failed" in agor("session", "list").out


def test_a_broken_config_is_no_matter_for_marks(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["GET /sessions"] = page(as_json(session("A", status="failed")))
    config = daemon.paths.config
    for text, mark in (
        ("[app\n", "✗"),
        ("[app]\nglyphs = 1\n", "✗"),
        ("[app]\nglyphs = 'ascii'\n[daemon]\nport = 'x'\n", "x"),
    ):
        config.write_text(text)
        ran = agor("session", "list")
        assert (ran.code, f"{mark} failed" in ran.out) == (0, True)


def test_an_agent_that_is_not_installed_says_what_is_missing(daemon: ScriptedDaemon, agor: Agor) -> None:
    codex = {"name": "codex", "title": "Codex", "installed": False, "command": ["codex-acp"], "install_hint": "npm i"}
    mine = {"name": "mine", "title": "Mine", "installed": False, "command": ["my-agent"]}
    daemon.answers["GET /agents"] = page(codex, mine)
    _, first, second = agor("agent", "list").out.splitlines()
    assert first.endswith("npm i")
    assert second.endswith("there is no program 'my-agent'; see agents.mine.command")


def test_files_that_a_checkpoint_left_out_are_listed(daemon: ScriptedDaemon, agor: Agor) -> None:
    shown = task(session("A", session_id="a"), 1, status="completed")
    state = {"sha_at_start": "a4f2e91", "sha_at_end": "a4f2e91", "left_out": ["data/large.bin", "x\x1b[31m"]}
    daemon.answers["GET /tasks/t"] = {**as_json(shown), "git_state": state}
    lines = agor("task", "show", "t").out.splitlines()
    assert "  data/large.bin was too large for the checkpoint" in lines
    assert not any("\x1b" in line for line in lines)
