"""The life of the program: one per home, ready when it says so, gone in good order, and clear when it cannot start."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agor_core.config import pidfile
from agor_core.config.paths import Paths
from agor_core.config.settings import Settings
from agor_core.errors import AlreadyRunning
from agor_daemon import lockfile
from agor_daemon.run import report
from tests.builders.daemons import Program, program, start
from tests.builders.http import Caller

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def ended(it: Program, seconds: float = 20) -> tuple[int, str]:
    _, err = it.process.communicate(timeout=seconds)
    return it.process.returncode, err.decode()


async def test_it_says_where_it_listens_and_leaves_nothing_behind(tmp_path: Path) -> None:
    home = tmp_path / "home"
    paths = Paths(home)
    with program(home) as it:
        assert it.said["ready"] is True
        info = pidfile.read(paths.pid)
        assert info is not None
        assert pidfile.is_alive(info)
        assert (info.pid, info.port, info.socket) == (it.process.pid, it.said["port"], it.said["socket"])
        for caller in (it.caller, Caller(it.said["port"], host="::1"), Caller(socket=Path(info.socket))):
            assert (await caller.get("/health"))["pid"] == it.process.pid
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        it.process.send_signal(signal.SIGTERM)
        code, err = await asyncio.to_thread(ended, it)
    assert (code, err) == (0, "")
    assert not paths.pid.exists()
    assert not paths.socket.exists()
    lines = [json.loads(line) for line in paths.daemon_log.read_text().splitlines()]
    assert [line["message"] for line in lines] == ["ready", "stopped"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_other_signals_stop_it_as_well(tmp_path: Path, number: signal.Signals) -> None:
    with program(tmp_path / "home") as it:
        it.process.send_signal(number)
        assert ended(it) == (0, "")


async def test_it_stops_in_time_with_clients_that_stay(tmp_path: Path) -> None:
    with program(tmp_path / "home") as it:
        idle = [await it.caller.connect() for _ in range(3)]
        began = time.monotonic()
        it.process.terminate()
        code, _ = await asyncio.to_thread(ended, it)
        assert code == 0
        assert time.monotonic() - began < 10
        for _, writer in idle:
            writer.close()


def test_a_second_one_says_that_one_runs(tmp_path: Path) -> None:
    with program(tmp_path / "home") as first:
        second = start(tmp_path / "home")
        code, err = ended(second)
        assert (code, second.said["exit"]) == (1, 5), "five is between the program and who started it"
        assert "already running" in second.said["error"]
        assert err.strip() == second.said["error"]
        assert first.process.poll() is None
        assert Path(first.said["socket"]).exists()


def test_of_many_that_start_at_once_one_stays(tmp_path: Path) -> None:
    home = tmp_path / "home"
    environ = {**os.environ, "AGOR_HOME": str(home), "AGOR_PORT": "0"}
    begun = [
        subprocess.Popen([sys.executable, "-m", "agor_daemon", "run"], env=environ, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    try:
        deadline = time.monotonic() + 60
        while sum(it.poll() is None for it in begun) > 1 or pidfile.read(Paths(home).pid) is None:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert sorted(it.returncode for it in begun if it.poll() is not None) == [1, 1, 1]
    finally:
        for it in begun:
            it.terminate()
        codes = [it.wait(timeout=20) for it in begun]
        for it in begun:
            it.communicate()
    assert sorted(codes) == [0, 1, 1, 1]


def test_after_a_kill_the_next_one_starts(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with program(home) as first:
        first.process.kill()
        ended(first)
    assert Paths(home).socket.exists()
    assert pidfile.read(Paths(home).pid) is not None
    with program(home) as second:
        assert second.said["ready"] is True


@linux
def test_the_error_for_a_taken_port_names_the_listening_process(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        it = start(tmp_path / "home", environ={"AGOR_PORT": str(port)})
        code, _ = ended(it)
    assert (code, it.said["exit"]) == (4, 4)
    assert f"Port {port} on 127.0.0.1 is taken by" in it.said["error"]
    assert f"(pid {os.getpid()})" in it.said["error"]
    assert not Paths(tmp_path / "home").database.exists()


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6")
def test_a_port_that_is_taken_on_the_other_address_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as other:
        it = start(tmp_path / "home", environ={"AGOR_PORT": str(other.getsockname()[1])})
        code, _ = ended(it)
    assert code == 4
    assert "::1" in it.said["error"]


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with program(home):
        pass
    file = Paths(home).database
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = file.read_bytes()
    it = start(home)
    code, _ = ended(it)
    assert (code, it.said["exit"]) == (4, 4)
    assert "newer" in it.said["error"]
    assert file.read_bytes() == before
    assert not Paths(home).pid.exists()
    assert not Paths(home).socket.exists()


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("config.toml", "[daemon]\nport = 'x'\n", "daemon.port"),
        ("config.toml", "[daemon]\nlog_level = 'loud'\n", "log_level"),
        ("config.toml", "[daemon]\nhost = '0.0.0.0'\n", "allowed_hosts"),
        ("agor.db", "not a database, but long enough to be taken for one" * 30, "damaged"),
        ("token", "x\n", "token"),
    ],
)
def test_a_failed_start_is_explained_in_one_sentence(tmp_path: Path, name: str, text: str, sentence: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / name).write_text(text)
    it = start(home)
    code, err = ended(it)
    assert (code, it.said["exit"]) == (4, 4)
    assert sentence in it.said["error"]
    assert err == f"{it.said['error']}\n"
    assert not Paths(home).pid.exists()
    (line,) = [json.loads(line) for line in Paths(home).daemon_log.read_text().splitlines()]
    assert (line["level"], line["message"], line["exit"]) == ("error", it.said["error"], 4)


def test_a_home_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for home in (tmp_path / "file", tmp_path / "file" / "below"):
        it = start(home)
        assert ended(it)[0] == 4
        assert "AGOR_HOME" in it.said["error"]


async def test_a_home_with_a_long_path_has_its_socket_elsewhere(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path / ("long" * 30)
    short = tmp_path_factory.mktemp("s")
    with program(home, environ={"TMPDIR": str(short)}) as it:
        path = Path(it.said["socket"])
        assert path.parent.parent == short
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert (await Caller(socket=path).get("/health"))["home"] == str(home)
    assert list(short.iterdir()) == []


def test_a_home_that_is_named_like_the_folder_of_a_socket(tmp_path: Path) -> None:
    home = tmp_path / "agor-home"
    home.mkdir(mode=0o755)
    with program(home) as it:
        assert it.said["ready"] is True
    assert home.is_dir()


def test_files_in_the_home_are_private_to_their_owner(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with program(home):
        made = {entry.name: stat.S_IMODE(entry.lstat().st_mode) & 0o077 for entry in home.rglob("*")}
    assert {"scratch", "agents", "logs", "daemon.log", "agor.db"} <= set(made)
    assert set(made.values()) == {0}


def test_an_unexpected_failure_is_one_line_of_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from agor_daemon import __main__, run

    monkeypatch.setenv("AGOR_HOME", str(tmp_path / "home"))

    def fail(*_: object) -> None:
        raise RuntimeError("inside\nand out")

    monkeypatch.setattr(run, "run", fail)
    with pytest.raises(RuntimeError):
        __main__.main(["run"])
    (line,) = [json.loads(line) for line in Paths(tmp_path / "home").daemon_log.read_text().splitlines()]
    assert (line["level"], line["exit"]) == ("error", 1)
    assert "RuntimeError: inside" in line["traceback"]


@linux
def test_child_processes_inherit_no_descriptor_of_the_daemon(tmp_path: Path) -> None:
    with program(tmp_path / "home") as it:
        folder = Path(f"/proc/{it.process.pid}/fd")
        inheritable = []
        for link in folder.iterdir():
            # One that is closed meanwhile is no harm.
            with contextlib.suppress(FileNotFoundError):
                flags = Path(f"/proc/{it.process.pid}/fdinfo/{link.name}").read_text()
                octal = next(line.split()[1] for line in flags.splitlines() if line.startswith("flags:"))
                if int(link.name) > 2 and not int(octal, 8) & os.O_CLOEXEC:
                    inheritable.append(str(link.readlink()))
        assert inheritable == []


def test_the_lock_is_held_once_and_never_unlinked(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with lockfile.hold(file):
        inode = file.stat().st_ino
        with pytest.raises(AlreadyRunning), lockfile.hold(file):
            pass
    with lockfile.hold(file):
        assert file.stat().st_ino == inode


def test_a_lock_that_another_program_holds_names_that_program(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    code = (
        "import fcntl, sys; held = open(sys.argv[1], 'w'); fcntl.flock(held, fcntl.LOCK_EX); print(flush=True); input()"
    )
    command = [sys.executable, "-c", code, str(Paths(home).lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as stranger:
        assert stranger.stdout is not None
        stranger.stdout.readline()
        it = start(home)
        code_of_it, _ = ended(it)
        stranger.communicate(b"\n")
    assert (code_of_it, it.said["exit"]) == (4, 4)
    assert f"(pid {stranger.pid}), which is no daemon" in it.said["error"]


@pytest.mark.parametrize("name", ["token", "config.toml", "daemon.pid", "logs/daemon.log"])
def test_a_pipe_in_the_place_of_a_file_is_named_and_not_waited_for(tmp_path: Path, name: str) -> None:
    (tmp_path / "logs").mkdir()
    os.mkfifo(tmp_path / name)
    it = start(tmp_path)
    assert ended(it)[0] == 4
    assert f"{tmp_path / name}" in it.said["error"]
    assert "not a regular file" in it.said["error"]


def test_the_database_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from agor_daemon.__main__ import main

    monkeypatch.setenv("AGOR_HOME", str(tmp_path / "home"))
    assert main(["db", "status"]) == 1
    assert main(["db", "migrate"]) == 0
    assert main(["db", "status"]) == 0
    assert main(["db", "migrate"]) == 0
    assert main(["db", "check"]) == 0
    assert main(["db", "backup"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert Path(out[-1]).is_file()
    assert "ok" in out
    with lockfile.hold(Paths(tmp_path / "home").lock):
        assert main(["db", "migrate"]) == 0
        assert "up to date" in capsys.readouterr().out
        Paths(tmp_path / "home").database.unlink()
        assert main(["db", "migrate"]) == 1
    said = capsys.readouterr().err
    assert "already running" in said
    assert "agor daemon stop" in said


def test_health_shows_no_password(tmp_path: Path) -> None:
    settings = Settings(database_url="postgresql+asyncpg://ada:secret@db.example/agor?password=other")
    info = pidfile.of_this_process(version="1", port=1, socket="", started_at="")
    assert report(settings, Paths(tmp_path), info).database == "postgresql+asyncpg://db.example/agor"
