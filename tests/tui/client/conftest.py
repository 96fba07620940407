"""A scripted daemon for the client's tests."""

from collections.abc import Iterator

import pytest

from agor_core.config.paths import Paths
from tests.fakes.scripted_daemon import ScriptedDaemon


@pytest.fixture
def paths() -> Paths:
    return Paths.from_environment()


@pytest.fixture
def scripted(paths: Paths) -> Iterator[ScriptedDaemon]:
    with ScriptedDaemon(paths) as running:
        yield running
