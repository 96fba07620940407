"""A closed pipe at stdout ends the command line silently, and not as a failure."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.builders.app_records import session
from tests.builders.records import as_json
from tests.fakes.scripted_daemon import ScriptedDaemon, page

AGOR = (sys.executable, "-m", "agor_tui")


@pytest.fixture
def unread_pipe() -> Iterator[int]:
    """The write end of a pipe without a reader."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@pytest.mark.parametrize("verbs", ["session list --json", "session list", "session list -q", "--help", "--version"])
@pytest.mark.parametrize("sessions", [1, 3000])
def test_a_reader_that_left_is_no_failure(daemon: ScriptedDaemon, unread_pipe: int, verbs: str, sessions: int) -> None:
    daemon.answers["GET /sessions"] = page(*[as_json(session("x" * 100))] * sessions)
    ran = subprocess.run([*AGOR, *verbs.split()], stdout=unread_pipe, stderr=subprocess.PIPE, timeout=30, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_a_reader_that_leaves_in_the_middle_is_no_failure(daemon: ScriptedDaemon) -> None:
    daemon.answers["GET /sessions"] = page(*[as_json(session("x" * 100))] * 1000)
    command = ('("$0" -m agor_tui session list -n 1000 --json; echo "$?" >&2) | head -c 4', sys.executable)
    ran = subprocess.run(["sh", "-c", *command], capture_output=True, timeout=30, check=False)
    assert (ran.stdout, ran.stderr) == (b'[{"s', b"0\n")


def test_a_failure_keeps_its_exit_code_with_a_closed_pipe(daemon: ScriptedDaemon, unread_pipe: int) -> None:
    ran = subprocess.run(
        [*AGOR, "session", "show", "x"], stdout=unread_pipe, stderr=unread_pipe, timeout=30, check=False
    )
    assert ran.returncode == 3
