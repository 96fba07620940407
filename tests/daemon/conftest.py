"""A daemon in this process, and Feathers' packages, for the daemon's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.builders import node
from tests.builders.daemons import Running, running


@pytest.fixture(scope="session")
def feathers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with Feathers' packages."""
    return node.modules(tmp_path_factory.mktemp("npm"))


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(tmp_path / "home") as it:
        yield it
