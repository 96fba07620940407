"""``agor daemon`` and ``agor db``: status, log, token and refusals."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agor_core.config.paths import Paths
from agor_tui.client import process
from tests.fakes.scripted_daemon import ScriptedDaemon, health

Agor = Callable[..., Any]


def test_a_stop_waits_or_is_forced_never_both(agor: Agor) -> None:
    for verb in ("stop", "restart"):
        ran = agor("daemon", verb, "--wait", "--force")
        assert (ran.code, "exclude each other" in ran.err) == (2, True)
    assert "not running" in agor("daemon", "stop", "--wait").err


def test_the_status_has_all_facts(daemon: ScriptedDaemon, agor: Agor) -> None:
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


def test_the_way_back_on_postgresql_names_the_database(agor: Agor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGOR_DATABASE_URL", "postgresql+asyncpg://ada:secret@db.example:5432/agents")
    ran = agor("db", "downgrade")
    assert (ran.code, "pg_dump made of agents on db.example" in ran.err, "secret" in ran.err) == (2, True, False)


def test_the_output_of_database_commands_is_cleaned(agor: Agor, monkeypatch: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-c", "print('database a\\x1b[2Jb'); raise SystemExit(1)"]
    monkeypatch.setattr(process, "command", lambda *_: command)
    ran = agor("db", "status")
    assert (ran.code, "database a" in ran.out, "\x1b" in ran.out) == (1, True, False)


def test_a_full_disk_behind_it_is_one_sentence() -> None:
    with Path("/dev/full").open("wb") as full:
        asked = [sys.executable, "-m", "agor_tui", "db", "status"]
        ran = subprocess.run(asked, stdout=full, stderr=subprocess.PIPE, check=False)
    assert (ran.returncode, ran.stderr) == (1, b"No space left on device.\n")


def test_a_daemon_that_runs_is_exit_one_for_a_second(daemon: ScriptedDaemon) -> None:
    holding = "import sys; from agor_daemon import lockfile; from pathlib import Path\n"
    holding += "with lockfile.hold(Path(sys.argv[1])): print(flush=True); input()"
    command = [sys.executable, "-c", holding, str(daemon.paths.lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        first.stdout.readline()
        ran = subprocess.run([sys.executable, "-m", "agor_tui", "daemon", "run"], capture_output=True, check=False)
        first.communicate(b"\n")
    assert (ran.returncode, b"already running" in ran.stderr) == (1, True)
