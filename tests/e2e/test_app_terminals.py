"""Terminals of every kind, and every way of leaving: nothing raises, and the shell gets its terminal back."""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agor_core.config.paths import Paths
from agor_tui.client import launch
from tests.e2e.app_terminal import new_session, settle
from tests.fakes.terminal import Terminal

Opens = Callable[..., Terminal]
ALTERNATE, BACK = b"\x1b[?1049h", b"\x1b[?1049l"
MOUSE_OFF, CURSOR = b"\x1b[?1000l", b"\x1b[?25h"


def left_well(terminal: Terminal) -> None:
    """The program has ended, without a traceback, and has put the terminal back as it was."""
    terminal.until(lambda: terminal.ended is not None)
    assert b"Traceback" not in terminal.written
    for sequence in (BACK, MOUSE_OFF, CURSOR):
        assert terminal.written.rfind(sequence) > terminal.written.rfind(ALTERNATE), sequence


@pytest.mark.parametrize(
    ("kind", "environ"),
    [
        ("xterm", {}),
        ("linux", {}),
        ("dumb", {}),
        ("xterm-256color", {"NO_COLOR": "1"}),
        ("xterm-256color", {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    ],
)
def test_it_works_in(open_terminal: Opens, kind: str, environ: dict[str, str]) -> None:
    terminal = open_terminal(TERM=kind, **environ)
    terminal.sees("starts the first session")
    if environ.get("LC_ALL") == "C":
        assert terminal.text.isascii()
    new_session(terminal, "say: all is well")
    terminal.sees("NEW 1")
    terminal.press("enter")
    terminal.sees("all is well")
    terminal.press("q")
    left_well(terminal)


def test_a_very_small_terminal_says_so_and_grows(open_terminal: Opens) -> None:
    terminal = open_terminal(size=(20, 5))
    terminal.sees("Agor needs 60x15")
    terminal.resize(80, 24)
    terminal.signal(signal.SIGWINCH)
    terminal.sees("starts the first session")


def test_resizing_all_the_time_while_text_streams(terminal: Terminal) -> None:
    terminal.sees("starts the first session")
    new_session(terminal, "flood: 20000")
    terminal.press("enter")
    terminal.sees("flood: 20000")
    for number in range(40):
        columns, rows = ((60, 15), (250, 60), (20, 5), (120, 40), (80, 24))[number % 5]
        terminal.resize(columns, rows)
        terminal.read(0.02)
    terminal.resize(120, 40)
    terminal.sees("1 ✓", 60)
    terminal.press("q")
    left_well(terminal)


@pytest.mark.parametrize("how", ["q", "ctrl+q", "ctrl+c", signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_leaving(terminal: Terminal, how: str | signal.Signals) -> None:
    terminal.sees("starts the first session")
    if isinstance(how, signal.Signals):
        terminal.signal(how)
    else:
        terminal.press("\x11" if how == "ctrl+q" else how)
    if how == "ctrl+c":
        terminal.sees("q quits")
        terminal.press("ctrl+c")
    left_well(terminal)


def test_suspending_gives_the_shell_its_terminal_and_fg_comes_back(open_terminal: Opens) -> None:
    shell = open_terminal(shutil.which("bash") or "bash", "--norc", "-i", PS1="ready> ", TERM="xterm-256color")
    shell.sees("ready>")
    modes = shell.modes
    shell.press(f"{sys.executable} -m agor_tui\r")
    shell.sees("starts the first session")
    shell.press("ctrl+z")
    shell.sees("Stopped")
    settle(shell)
    shell.until(lambda: shell.modes == modes)
    assert shell.written.rfind(BACK) > shell.written.rfind(ALTERNATE)
    shell.press("echo $((40+2))\r")
    shell.sees("42")
    shell.press("fg\r")
    shell.sees("starts the first session")
    shell.press("n")
    shell.sees("New session")
    shell.press("escape")
    shell.misses("New session")
    shell.press("q")
    shell.until(lambda: shell.modes == modes)
    shell.press("echo $?$((40+2))\r")
    shell.sees("042")


def test_no_daemon_is_a_sentence_and_exit_4(open_terminal: Opens, paths: Paths) -> None:
    paths.home.mkdir()
    paths.database.mkdir()
    terminal = open_terminal()
    terminal.until(lambda: terminal.ended is not None)
    assert terminal.ended == 4
    assert b"Traceback" not in terminal.written
    words = terminal.written.rpartition(BACK)[2].decode()
    assert words.strip().splitlines()[-1].endswith(".")
    assert str(paths.database) in words


def test_a_config_that_is_wrong_is_a_sentence_and_exit_2(open_terminal: Opens, paths: Paths) -> None:
    paths.home.mkdir()
    paths.config.write_text("[app]\nglyphs = 7\n", encoding="utf-8")
    terminal = open_terminal()
    terminal.until(lambda: terminal.ended is not None)
    assert terminal.ended == 2
    assert b"Traceback" not in terminal.written
    assert ALTERNATE not in terminal.written
    assert "glyphs" in terminal.text


def test_hostile_text_of_an_agent_reaches_nobodys_terminal(open_terminal: Opens, paths: Paths) -> None:
    hostile = "\x1b]52;c;aGk=\x07\x1b[2J\x1bc\u202e[/] \u200b\ttab " + "x" * 10_000
    daemon = launch.ensure(paths)
    title = hostile[:500]  # as long as one may be
    made = daemon.create("sessions", {"agent": "demo", "title": title, "prompt": f"say: {hostile}"})
    daemon.act(made["session_id"], "prompt", {"prompt": "run: head -c 1000000 /dev/urandom | tr -d '\\0'"})
    terminal = open_terminal()
    terminal.sees("NEW 1")
    terminal.press("enter")
    terminal.sees("2 ✓")
    terminal.press("l", "o", "G", "k", "g", "j", "o", "f")
    terminal.sees("enter fork")
    terminal.press("escape")
    terminal.misses("enter fork")
    terminal.press("t")
    terminal.sees("genealogy")
    settle(terminal)
    for sequence in (b"\x1b]52", b"\x1b[2J", b"\x1bc", "\u202e".encode(), "\u200b".encode()):
        assert sequence not in terminal.written[terminal.written.index(ALTERNATE) + 100 :], sequence
    terminal.press("q")
    left_well(terminal)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_home_that_cannot_be_written_is_a_sentence(open_terminal: Opens, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    terminal = open_terminal(AGOR_HOME=str(locked / "home"))
    terminal.until(lambda: terminal.ended is not None)
    assert terminal.ended == 4
    assert b"Traceback" not in terminal.written
