"""Starting and stopping the real daemon, by concurrent callers too, and its status when it hangs or cannot start."""

import json
import math
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from agor_core import __version__
from agor_core.config import pidfile
from agor_core.config.paths import Paths
from agor_core.errors import InvalidInput
from agor_tui.client import launch, process
from agor_tui.client.daemon import Daemon
from agor_tui.client.errors import NotAnswering, WrongVersion
from agor_tui.client.launch import StartFailed, State
from agor_tui.client.process import StopFailed
from tests.fakes.scripted_daemon import ScriptedDaemon, health


@pytest.fixture
def home(paths: Paths) -> Iterator[Paths]:
    yield paths
    launch.stop(paths, force=True)


def pid(of: Paths) -> int:
    info = pidfile.read(of.pid)
    assert info is not None
    return info.pid


def test_it_is_started_on_demand_found_again_and_stopped(home: Paths) -> None:
    assert launch.status(home).state is State.NOT_RUNNING
    first = launch.ensure(home)
    assert first.health()["version"] == __version__
    started = pid(home)
    launch.ensure(home).health()
    assert launch.start(home) is False
    assert pid(home) == started
    status = launch.status(home)
    assert (status.state, status.health and status.health["pid"]) == (State.RUNNING, started)
    assert os.getsid(started) == started, "it must outlive the terminal that it was started from"
    assert launch.stop(home) is True
    assert launch.stop(home) is False
    assert launch.status(home).state is State.NOT_RUNNING
    assert not home.socket.exists()


def test_of_many_starters_one_starts_and_all_succeed(home: Paths) -> None:
    with ThreadPoolExecutor(12) as threads:
        started = list(threads.map(lambda _: launch.start(home), range(12)))
    assert sorted(started) == [False] * 11 + [True]


def test_many_programs_at_once_all_get_an_answer(home: Paths) -> None:
    programs = [
        subprocess.Popen([sys.executable, "-m", "agor_tui", "agent", "list", "--json"], stdout=subprocess.PIPE)
        for _ in range(6)
    ]
    answers = [program.communicate(timeout=60)[0] for program in programs]
    assert [program.returncode for program in programs] == [0] * 6
    assert len(set(answers)) == 1


def test_a_client_survives_the_daemons_death(home: Paths) -> None:
    daemon = launch.ensure(home)
    board = daemon.create("boards", {"name": "Kept"})
    before = pid(home)
    os.kill(before, signal.SIGKILL)
    assert daemon.get("boards", board["board_id"])["name"] == "Kept"
    assert pid(home) != before


def test_a_stopped_process_is_not_responding_within_three_seconds(home: Paths) -> None:
    launch.start(home)
    os.kill(pid(home), signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert launch.status(home).state is State.NOT_RESPONDING
        assert time.monotonic() - began < 2.9, "the program itself has to be loaded too"
        began = time.monotonic()
        with pytest.raises(NotAnswering, match="agor daemon status"):
            Daemon(home).find("boards")
        assert time.monotonic() - began < 2.9
    finally:
        os.kill(pid(home), signal.SIGCONT)


def test_a_start_beside_one_that_does_not_respond_says_what_to_do(home: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    launch.start(home)
    monkeypatch.setattr(launch, "START_SECONDS", math.inf)  # it is not what is waited for
    stopped = pid(home)
    os.kill(stopped, signal.SIGSTOP)
    try:
        with pytest.raises(NotAnswering, match=rf"\(pid {stopped}\).*agor daemon restart --force"):
            launch.start(home)
    finally:
        os.kill(stopped, signal.SIGCONT)


def test_one_that_does_not_answer_is_killed_without_a_long_wait(home: Paths) -> None:
    launch.start(home)
    stopped = pid(home)
    os.kill(stopped, signal.SIGSTOP)
    began = time.monotonic()
    assert launch.stop(home, force=True) is True
    assert time.monotonic() - began < launch.STOP_SECONDS / 2
    assert launch.status(home).state is State.NOT_RUNNING
    assert launch.start(home) is True
    assert pid(home) != stopped


@pytest.mark.parametrize("wait", [False, True])
def test_a_stop_of_one_that_does_not_answer_says_so_in_three_seconds(home: Paths, wait: bool) -> None:
    launch.start(home)
    stopped = pid(home)
    os.kill(stopped, signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(StopFailed, match=rf"\(pid {stopped}\) does not answer.*agor daemon stop --force"):
            launch.stop(home, wait=wait)
        assert time.monotonic() - began < 2.9 * (1 + wait)
    finally:
        os.kill(stopped, signal.SIGCONT)


def test_a_home_that_leads_nowhere_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "home").symlink_to(tmp_path / "gone")
    with pytest.raises(StartFailed, match=r"is a link to .*gone, which is not there"):
        launch.start(Paths(tmp_path / "home"))
    assert [entry.name for entry in tmp_path.iterdir()] == ["home"]


def test_one_that_ends_in_good_order_is_given_its_time_by_force_as_well(
    home: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A regular end is in the log."""
    launch.start(home)
    monkeypatch.setattr(launch, "STATUS_SECONDS", 0.2)
    assert launch.stop(home, force=True) is True
    assert json.loads(home.daemon_log.read_text().splitlines()[-1])["message"] == "stopped"


def test_the_lock_of_starters_is_private(home: Paths) -> None:
    launch.start(home)
    assert stat.S_IMODE((home.home / "start.lock").stat().st_mode) == 0o600


def test_the_reason_of_a_failed_start_is_passed_on(home: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("AGOR_PORT", str(port))
        with pytest.raises(StartFailed, match=str(port)):
            launch.start(home)
    home.config.write_text("[daemon]\nport = 'many'\n")
    monkeypatch.setenv("AGOR_PORT", "0")
    with pytest.raises(StartFailed, match=r"daemon\.port"):
        launch.start(home)


def test_the_log_stays_one_object_a_line_when_a_start_fails(home: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    launch.start(home)
    launch.stop(home)
    home.database.write_bytes(b"not a database, but long enough to be taken for one" * 30)
    with pytest.raises(StartFailed, match="damaged"):
        launch.start(home)
    lines = [json.loads(line) for line in home.daemon_log.read_text().splitlines()]
    assert [(line["level"], "damaged" in line["message"]) for line in lines[-2:]] == [("info", False), ("error", True)]


def test_output_before_the_log_goes_to_a_file_of_its_own(home: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    program = [sys.executable, "-c", "import sys; sys.exit('Traceback\\nModuleNotFoundError: no msgspec')"]
    monkeypatch.setattr(process, "command", lambda *_: program)
    for _ in range(2):
        with pytest.raises(StartFailed, match="before it was ready: ModuleNotFoundError: no msgspec") as caught:
            launch.start(home)
    assert str(home.daemon_output) in str(caught.value)
    assert home.daemon_output.read_text() == "Traceback\nModuleNotFoundError: no msgspec\n" * 2
    assert stat.S_IMODE(home.daemon_output.stat().st_mode) == 0o600
    assert not home.daemon_log.exists()
    monkeypatch.setattr(process, "OUTPUT_BYTES", 10)
    with pytest.raises(StartFailed):
        launch.start(home)
    assert home.daemon_output.read_text().count("Traceback") == 1


def test_a_pid_of_another_process_is_never_signalled(home: Paths) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        try:
            home.home.mkdir(parents=True)
            info = pidfile.of_this_process(version=__version__, port=0, socket="", started_at="")
            pidfile.write(home.pid, type(info)(**{**_fields(info), "pid": other.pid, "started": "1"}))
            assert launch.stop(home, force=True) is False
            assert other.poll() is None
        finally:
            other.kill()


def test_the_daemon_itself_says_its_version_when_the_pid_file_names_another(home: Paths) -> None:
    launch.start(home)
    info = pidfile.read(home.pid)
    assert info is not None
    pidfile.write(home.pid, type(info)(**{**_fields(info), "version": "0.0.9"}))
    assert launch.ensure(home).health()["pid"] == info.pid


def test_an_idle_daemon_of_another_version_is_replaced(
    scripted: ScriptedDaemon, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    pidfile.write(paths.pid, pidfile.of_this_process(version="0.0.9", port=0, socket="", started_at=""))
    scripted.answers["GET /health"] = health(paths, version="0.0.9", sessions_running=0)
    restarted: list[Paths] = []
    monkeypatch.setattr(launch, "restart", restarted.append)
    told: list[str] = []
    launch.ensure(paths, told.append)
    assert restarted == [paths]
    assert told == [f"The daemon of version 0.0.9 was replaced by one of version {__version__}."]
    scripted.answers["GET /health"] = health(paths, version="0.0.9", sessions_running=1)
    with pytest.raises(WrongVersion, match="1 session is running"):
        launch.ensure(paths)
    assert restarted == [paths]


@pytest.mark.parametrize("version", ["99.0.0", "0.1.1", "0.10.0", "unreadable"])
def test_a_newer_daemon_is_never_stopped(
    scripted: ScriptedDaemon, paths: Paths, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr("agor_tui.client.versions.__version__", "0.1.0")
    pidfile.write(paths.pid, pidfile.of_this_process(version=version, port=0, socket="", started_at=""))
    scripted.answers["GET /health"] = health(paths, version=version, sessions_running=0)
    monkeypatch.setattr(launch, "restart", lambda _: pytest.fail("it was replaced"))
    with pytest.raises(WrongVersion, match=f"version {version}, newer than this program"):
        launch.ensure(paths)


@pytest.mark.parametrize("damage", ["gone", "nonsense", "another"])
def test_a_daemon_is_stopped_without_its_pid_file(home: Paths, damage: str) -> None:
    launch.start(home)
    info = pidfile.read(home.pid)
    assert info is not None
    if damage == "gone":
        home.pid.unlink()
    elif damage == "nonsense":
        home.pid.write_text("nonsense")
    else:
        pidfile.write(home.pid, type(info)(**{**_fields(info), "started": "1"}))
    assert launch.status(home).state is State.RUNNING
    assert launch.stop(home) is True
    assert not pidfile.is_alive(info)


def test_the_former_pid_file_is_read_and_taken_over(home: Paths) -> None:
    home.home.mkdir()
    home.former_pid.write_text("{}")
    launch.start(home)
    assert not home.former_pid.exists()
    home.pid.rename(home.former_pid)
    info = pidfile.read(home.former_pid)
    assert info is not None
    assert launch.stop(home) is True
    assert not pidfile.is_alive(info)


def _fields(info: pidfile.DaemonInfo) -> dict[str, Any]:
    return {name: getattr(info, name) for name in info.__struct_fields__}


def test_it_is_stopped_when_nothing_runs(home: Paths) -> None:
    launch.start(home)
    assert launch.stop(home, wait=True) is True
    assert launch.status(home).state is State.NOT_RUNNING
    assert launch.stop(home, wait=True) is False


def test_a_daemon_outlives_the_session_that_started_it(home: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGOR_SESSION_ID", "some-session")
    assert "AGOR_SESSION_ID" not in process.environment(home)
    assert process.environment(home)["AGOR_HOME"] == str(home.home)


def test_the_daemon_is_started_without_variables_that_nobody_uses(home: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "value")
    home.home.mkdir()
    home.config.write_text('[agents.codex]\ninherit = ["AWS_PROFILE"]\n')
    given = process.environment(home)
    assert [name for name in given if given[name] == "value"] == ["AWS_PROFILE", "ANTHROPIC_API_KEY"]


@pytest.mark.parametrize(
    ("config", "named"),
    [("[daemon]\nport = 'x'\n", "daemon.port"), ("[agents.mine]\ntitle = 'M'\n", "agents.mine.command")],
)
def test_a_config_that_would_not_start_keeps_the_daemon_that_runs(home: Paths, config: str, named: str) -> None:
    launch.ensure(home)
    running = pid(home)
    home.config.write_text(config)
    with pytest.raises(InvalidInput, match=re.escape(named)):
        launch.restart(home)
    assert pid(home) == running
    assert launch.status(home).state is State.RUNNING
    home.config.unlink()
