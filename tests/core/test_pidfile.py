"""The pid file: never takes another process for the daemon."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from agor_core.config import pidfile
from agor_core.config.pidfile import DaemonInfo


def this_process() -> DaemonInfo:
    return pidfile.of_this_process(version="0.1.0", port=3030, socket="s", started_at="t")


def test_what_is_written_is_read_again_and_no_temporary_file_stays(tmp_path: Path) -> None:
    file = tmp_path / "daemon.json"
    pidfile.write(file, this_process())
    assert pidfile.read(file) == this_process()
    assert list(tmp_path.iterdir()) == [file]
    pidfile.remove_own(file)
    pidfile.remove_own(file)
    assert pidfile.read(file) is None


def test_the_file_of_another_process_is_not_removed(tmp_path: Path) -> None:
    file = tmp_path / "daemon.json"
    pidfile.write(file, msgspec.structs.replace(this_process(), pid=1))
    pidfile.remove_own(file)
    assert file.exists()


@pytest.mark.parametrize(
    "content", [b"", b"4711\n", b"{}", b"[]", b'{"pid":"x"}', b"\xff\xfe", b'{"pid":1,"started":"\xff"}']
)
def test_what_is_not_ours_is_nothing(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "daemon.json"
    file.write_bytes(content)
    assert pidfile.read(file) is None


def test_this_process_is_alive() -> None:
    info = this_process()
    assert info.pid == os.getpid()
    assert pidfile.is_alive(info)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the kernel does not say when a process started")
@pytest.mark.parametrize(
    "change", [{"started": "1"}, {"boot_id": "another"}, {"pid": 2**22 + 1}, {"pid": -1}, {"pid": 0}]
)
def test_another_process_with_the_same_pid_is_not(change: dict[str, object]) -> None:
    assert not pidfile.is_alive(msgspec.structs.replace(this_process(), **change))


def test_a_process_that_ended_is_not_alive_even_before_it_is_waited_for() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        started = pidfile.start_time(child.pid)
        info = msgspec.structs.replace(this_process(), pid=child.pid, started=started)
        assert pidfile.is_alive(info)
        child.send_signal(signal.SIGKILL)
        deadline = time.monotonic() + 10
        while pidfile.is_alive(info):  # a zombie: nobody has waited for it
            assert time.monotonic() < deadline
    finally:
        child.kill()
        child.communicate()
    assert not pidfile.is_alive(info)


def test_a_program_name_with_brackets_and_blanks_does_not_confuse(tmp_path: Path) -> None:
    program = tmp_path / "a) S 1 ("
    program.symlink_to("/bin/sleep")
    child = subprocess.Popen([program, "60"])
    try:
        started = pidfile.start_time(child.pid)
        assert started is not None
        assert started.isdecimal() or not Path("/proc/self/stat").exists()
    finally:
        child.kill()
        child.wait()


def test_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "daemon.json"
    pidfile.write(file, pidfile.of_this_process(version="1", port=1, socket="", started_at=""))
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_system_without_proc_tells_processes_apart_too() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        started = pidfile._start_time_elsewhere(child.pid)
        assert started
        assert started == pidfile._start_time_elsewhere(child.pid)
        assert pidfile._start_time_elsewhere(os.getpid()) != started
    finally:
        child.kill()
    deadline = time.monotonic() + 10
    while pidfile._start_time_elsewhere(child.pid) is not None:  # a zombie: nobody has waited for it
        assert time.monotonic() < deadline
    child.communicate()
    assert pidfile._start_time_elsewhere(child.pid) is None
