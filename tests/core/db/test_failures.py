"""What a database's errors are told as: one sentence of ours, with the database's own error as the cause."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from agor_core.db import engines
from agor_core.db.store import Store, sqlite_url
from agor_core.errors import Conflict, StoreBusy, Unavailable
from agor_core.repositories import sessions
from tests.builders.records import make_session
from tests.builders.stores import fresh_url, opened

LOST = "connection to the database server was lost"
OWN_CONNECTION = text("SELECT pg_backend_pid()")
END_OWN_CONNECTION = text("SELECT pg_terminate_backend(pg_backend_pid())")


@asynccontextmanager
async def on_postgres(folder: Path) -> AsyncIterator[Store]:
    with fresh_url("postgresql", folder) as url:
        async with opened(url) as store:
            yield store


async def end(store: Store, *connections: int) -> None:
    """End idle connections of the store's pool, and see that they are gone."""
    for pid in connections:
        await store.read(lambda r, pid=pid: r.execute(text(f"SELECT pg_terminate_backend({pid})")).scalar_one())
    async with asyncio.timeout(10):
        while await store.read(lambda r: r.execute(text(_ALIVE.format(connections or (0,)))).scalar_one()):
            await asyncio.sleep(0.01)
