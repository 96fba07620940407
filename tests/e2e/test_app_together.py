"""Two apps on one home, and a daemon that goes and comes: everybody sees everything, without a key."""

import os
import subprocess
from collections.abc import Callable

from agor_core.config import pidfile
from agor_core.config.paths import Paths
from agor_tui.client import launch
from tests.e2e.app_terminal import new_session, settle
from tests.e2e.conftest import AGOR
from tests.fakes.terminal import Terminal


def test_two_terminals_see_each_others_changes_at_once(open_terminal: Callable[..., Terminal]) -> None:
    one = open_terminal()
    one.sees("starts the first session")
    other = open_terminal(size=(80, 24))
    other.sees("starts the first session")
    new_session(one, "ask: May I write?", "write: a.txt hello")
    other.sees("wants: May I write?", 5)
    one.sees("NEEDS YOU 1")
    settle(other)
    other.press("a")  # of what a card of this size has no room for: it is opened to be read
    other.sees("a allow once", 5)
    settle(other)
    other.press("a")
    one.sees("IDLE 1", 5)
    one.misses("wants:", 5)
    other.misses("wants:", 5)
    other.sees("○ idle", 5)
    other.press("escape")
    other.sees("task 1 done", 5)
    other.press("D")
    one.misses("May I write?", 5)


def test_an_approval_answered_in_one_disappears_from_the_open_session_of_the_other(
    open_terminal: Callable[..., Terminal],
) -> None:
    one = open_terminal()
    one.sees("starts the first session")
    new_session(one, "ask: May I write?", "write: a.txt hello")
    one.sees("wants: May I write?")
    one.press("enter")
    one.sees("a allow once")
    other = open_terminal()
    other.sees("wants: May I write?")
    other.press("enter")
    other.sees("a allow once")
    settle(other)
    other.press("d")
    one.misses("a allow once", 5)
    other.misses("a allow once", 5)
    other.sees("○ idle", 5)
    other.press("D")
    one.sees("archived elsewhere; u brings it back", 5)
    one.press("u")
    other.sees("IDLE 1", 5)


def test_a_daemon_that_is_restarted_is_taken_up_again_without_a_key(
    terminal: Terminal, paths: Paths, open_terminal: Callable[..., Terminal]
) -> None:
    terminal.sees("starts the first session")
    new_session(terminal, "Made before")
    terminal.sees("NEW 1")
    before = pidfile.read(paths.pid)
    command = [*AGOR, "daemon", "restart"]
    environ = {"AGOR_HOME": str(paths.home), "AGOR_PORT": "0", "PATH": os.environ["PATH"]}
    subprocess.run(command, env=environ, check=True, capture_output=True, timeout=60)
    after = pidfile.read(paths.pid)
    assert before is not None
    assert after is not None
    assert before.pid != after.pid
    launch.ensure(paths).create("sessions", {"agent": "demo", "title": "Made after"})
    terminal.sees("Made after")
    terminal.misses("reconnecting")
    new_session(terminal, "Made by the app")
    terminal.sees("NEW 2")
