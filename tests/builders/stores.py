"""Fresh stores for tests: a SQLite file, or a schema of its own on the PostgreSQL server that the environment names."""

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from agor_core.clock import Clock, SystemClock
from agor_core.db import engines, postgres_schema
from agor_core.db.store import Store, open_store, sqlite_url
from tests.builders import ready_stores

KINDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))


class HeldClock:
    """A clock that stands still until it is told."""

    def __init__(self, moment: datetime = datetime(2026, 1, 31, 9, 5, tzinfo=UTC)) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.moment.timestamp()

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


@contextmanager
def fresh_url(kind: str, folder: Path) -> Iterator[str]:
    """The address of a store that is not there yet; skips where there is no server."""
    if kind == "sqlite":
        yield sqlite_url(folder / "agor.db")
        return
    server = os.environ.get("AGOR_TEST_DATABASE_URL")
    if not server:
        pytest.skip("AGOR_TEST_DATABASE_URL is not set")
    schema = f"agor_test_{secrets.token_hex(6)}"
    _on_server(server, f"CREATE SCHEMA {schema}")
    try:
        yield f"{server}{'&' if '?' in server else '?'}schema={schema}"
    finally:
        _on_server(server, f"DROP SCHEMA {schema} CASCADE")


def _on_server(server: str, statement: str) -> None:
    postgres_schema.run(server, lambda connection: connection.execute(text(statement)))


@asynccontextmanager
async def opened(url: str, clock: Clock | None = None, **options: int) -> AsyncIterator[Store]:
    """A store made ready and opened, closed at the end."""
    clock = clock or SystemClock()
    file = engines.sqlite_file(url)
    ready_stores.prepare(url, backups=(file.parent if file else Path()) / "backups", clock=clock)
    store = await open_store(url, clock=clock, **options)
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a store that is not there yet, on each kind of database."""
    with fresh_url(request.param, tmp_path) as address:
        yield address


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def store(url: str, clock: HeldClock) -> AsyncIterator[Store]:
    """An empty store, on each kind of database."""
    async with opened(url, clock) as ready:
        yield ready
