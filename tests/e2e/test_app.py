"""The real app in a real terminal, on a real daemon with the demo agent."""

import os
import signal
import time

from agor_core.config import pidfile
from agor_core.config.paths import Paths
from agor_tui.client import launch
from tests.e2e.app_terminal import new_session, settle
from tests.fakes.terminal import Terminal


def test_make_a_session_watch_it_fork_it_and_see_the_tree(terminal: Terminal) -> None:
    terminal.sees("starts the first session")
    new_session(terminal, "Count the files", "say: There is **one** file.")
    terminal.sees("NEW 1")
    terminal.press("enter")
    terminal.sees("There is one file.")
    terminal.sees("1 ✓ Count the files")
    terminal.press("f")
    terminal.sees("files as they were after task 1")
    terminal.press("enter")
    terminal.sees("inherited")
    terminal.press("And the folders")
    terminal.press("enter")
    terminal.sees("1 ✓ And the folders")
    terminal.press("escape")
    terminal.sees("▌ 1 ✓ And the folders")  # a key right after escape would be alt and that key
    terminal.press("t")
    terminal.sees("forked after 1")
    assert terminal.text.count("Count the files") >= 1
    terminal.press("escape")
    terminal.sees("1 ✓ And the folders")
    terminal.press("escape")
    terminal.sees("IDLE 2")
    terminal.press("q")
    terminal.until(lambda: terminal.ended is not None)
    assert terminal.ended == 0


def test_a_question_is_answered_and_the_last_line_says_what_runs_on(terminal: Terminal) -> None:
    terminal.sees("starts the first session")
    new_session(terminal, "ask: May I write?", "write: a.txt hello", "sleep: 60")
    terminal.sees("wants: May I write?")
    settle(terminal)
    terminal.press("a")
    terminal.sees("RUNNING 1")
    terminal.press("q")
    terminal.until(lambda: terminal.ended is not None)
    assert "1 session runs on in the daemon" in terminal.text


def test_a_daemon_that_is_killed_comes_back_without_a_key(terminal: Terminal, paths: Paths) -> None:
    terminal.sees("starts the first session")
    info = pidfile.read(paths.pid)
    assert info is not None
    os.kill(info.pid, signal.SIGKILL)
    terminal.until(lambda: (now := pidfile.read(paths.pid)) is not None and now.pid != info.pid)
    launch.ensure(paths).create("sessions", {"agent": "demo", "title": "Made after the fall"})
    terminal.sees("Made after the fall")
    assert "reconnecting" not in terminal.text


def test_a_move_costs_little_and_idling_nothing(terminal: Terminal, paths: Paths) -> None:
    terminal.sees("starts the first session")
    daemon = launch.ensure(paths)
    for number in range(30):
        daemon.create("sessions", {"agent": "demo", "title": f"Number {number}"})
    terminal.sees("IDLE 30")
    settle(terminal)
    terminal.press("g")
    settle(terminal)
    before = terminal.received
    terminal.press("j")
    settle(terminal)
    assert 0 < terminal.received - before < 2000
    before = terminal.received
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        terminal.read(0.5)
    assert terminal.received == before


def test_it_ends_when_its_terminal_goes_away(terminal: Terminal) -> None:
    terminal.sees("starts the first session")
    terminal.hang_up()
    deadline = time.monotonic() + 10
    while os.waitpid(terminal.pid, os.WNOHANG) == (0, 0):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    terminal.ended = 0
