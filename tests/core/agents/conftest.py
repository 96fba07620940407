"""A demo agent as a child process, with a home and a directory of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.builders.demo_process import DemoProcess


@pytest.fixture
def cwd(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


@pytest.fixture
def start_demo(tmp_path: Path, cwd: Path) -> Iterator[Callable[..., DemoProcess]]:
    """Starts demo agents that share one history; all are ended after the test."""
    with ExitStack() as stack:
        yield lambda env=None: stack.enter_context(DemoProcess(tmp_path / "history", cwd, env))


@pytest.fixture
def demo(start_demo: Callable[..., DemoProcess]) -> DemoProcess:
    return start_demo()
