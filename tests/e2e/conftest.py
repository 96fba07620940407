"""Real apps in real terminals, on real daemons of scratch homes."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agor_core.config.paths import Paths
from agor_tui.client import launch
from tests.fakes.terminal import Terminal

AGOR = (sys.executable, "-m", "agor_tui")


@pytest.fixture
def paths(tmp_path: Path) -> Iterator[Paths]:
    paths = Paths(tmp_path / "home")
    yield paths
    launch.stop(paths, force=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "README.md").write_text("A project.\n", encoding="utf-8")
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "Begin"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


@pytest.fixture
def open_terminal(paths: Paths, repository: Path) -> Iterator[Callable[..., Terminal]]:
    """Opens terminals: ``open_terminal(*command, size=…, TERM=…)``; without a command the app."""
    opened: list[Terminal] = []

    def open_one(*command: str, size: tuple[int, int] = (120, 40), **environ: str) -> Terminal:
        known = {**os.environ, "AGOR_HOME": str(paths.home), "AGOR_PORT": "0", "TERM": "xterm-256color", **environ}
        terminal = Terminal(command or AGOR, cwd=repository, environ=known, size=size)
        opened.append(terminal)
        return terminal

    yield open_one
    for terminal in opened:
        terminal.close()


@pytest.fixture
def terminal(open_terminal: Callable[..., Terminal]) -> Terminal:
    """One terminal with the app in it."""
    return open_terminal()
