"""A daemon in this process, for the daemon's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.builders.daemons import Running, running


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(tmp_path / "home") as it:
        yield it
