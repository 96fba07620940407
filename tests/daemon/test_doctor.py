"""The doctor: a finding for each check, and a check that fails is a finding as well."""

import json
import os
from pathlib import Path

import pytest

from agor_core.clock import SystemClock
from agor_core.config.paths import Paths
from agor_core.db import migrate, sqlite_version
from agor_core.db.store import sqlite_url
from agor_daemon import doctor
from agor_daemon.__main__ import main


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    paths = Paths(tmp_path / "home")
    paths.home.mkdir(mode=0o700)
    monkeypatch.setenv("AGOR_HOME", str(paths.home))
    migrate.prepare(sqlite_url(paths.database), backups=paths.backups, clock=SystemClock())
    return paths


def files(paths: Paths) -> list[str]:
    """What there is, besides the empty log that SQLite makes to read."""
    return sorted(entry.name for entry in paths.home.iterdir() if entry.suffix not in (".db-wal", ".db-shm"))


def states(paths: Paths) -> dict[str, str]:
    return {finding.check: finding.state for finding in doctor.examine(paths)}


def test_every_check_has_a_finding_and_nothing_is_changed(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(paths)
    found = states(paths)
    assert len(found) == len(doctor.CHECKS)
    assert {name for name, state in found.items() if state == "bad"} == set()
    assert main(["doctor"]) == 0
    assert len([json.loads(line) for line in capsys.readouterr().out.splitlines()]) == len(doctor.CHECKS)
    assert files(paths) == before


def test_what_is_wrong_is_named_and_the_exit_code_says_so(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    paths.database.write_bytes(paths.database.read_bytes()[:8192])
    paths.config.write_text("[daemon]\nport = 'x'\n")
    paths.home.chmod(0o777)
    assert main(["doctor"]) == 1
    found = {one["check"]: one for one in map(json.loads, capsys.readouterr().out.splitlines())}
    assert {name for name in ("home", "config", "database") if found[name]["state"] == "bad"} == {
        "home",
        "config",
        "database",
    }
    assert "chmod go-w" in found["home"]["says"]
    assert "daemon.port" in found["config"]["says"]


def test_damage_of_the_database_alone(paths: Paths) -> None:
    data = bytearray(paths.database.read_bytes())
    data[4096 * 3 : 4096 * 4] = os.urandom(4096)
    paths.database.write_bytes(data)
    assert states(paths)["database"] == "bad"


def test_the_fault_of_sqlite_is_named_up_to_the_version_without_it() -> None:
    assert "SQLite 3.40.1 can damage" in (sqlite_version.warning((3, 40, 1)) or "")
    assert sqlite_version.warning((3, 51, 2)) is not None
    assert sqlite_version.warning((3, 51, 3)) is None


def test_who_else_can_reach_the_daemon(paths: Paths) -> None:
    assert states(paths)["strangers"] == "ok"
    paths.config.write_text('[daemon]\nhost = "0.0.0.0"\nallowed_hosts = ["box"]\n')
    assert states(paths)["strangers"] == "warn"
