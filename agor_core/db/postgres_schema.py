"""Makes a PostgreSQL store ready: creates its tables, or migrates them; one host at a time does."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from agor_core.db import engines, schema
from agor_core.errors import StoreUnusable

T = TypeVar("T")

_LOCK = 0x61676F72
"""Of pg_advisory_xact_lock: several hosts may start at once."""


def prepare(url: str) -> None:
    """Create or migrate. Raises StoreUnusable."""
    run(url, _prepare)


def schema_version(url: str) -> str | None:
    """The version of the schema; None where there is none yet. Raises StoreUnusable."""
    return run(url, _version)


def _prepare(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    version = _version(connection)
    if version == schema.HEAD:
        return
    if version is not None:
        schema.check_known(version, "on the server")
    schema.upgrade(connection)


def _version(connection: Connection) -> str | None:
    if connection.execute(text("SELECT to_regclass('alembic_version')")).scalar_one() is None:
        return None
    version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if version is None else str(version)


def run(url: str, work: Callable[[Connection], T]) -> T:
    """Do a unit of work in a transaction, and wait for it. Raises StoreUnusable for a server that refuses."""

    async def attempt() -> T:
        engine = engines.postgres(url)
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(work)
        except (SQLAlchemyError, OSError) as error:
            raise StoreUnusable(f"The PostgreSQL database cannot be used: {error}") from error
        finally:
            await engine.dispose()

    return _in_a_loop_of_its_own(attempt())


def _in_a_loop_of_its_own(coroutine: Coroutine[Any, Any, T]) -> T:
    """Wait for a coroutine, also where a loop runs already: drivers for PostgreSQL know no other way."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()
