"""Prepares a PostgreSQL store: creates or migrates its tables, under a lock that one host holds at a time."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from agor_core.db import engines, schema
from agor_core.db.failures import unusable
from agor_core.errors import StoreUnusable

T = TypeVar("T")

_LOCK = 0x61676F72
"""The key of pg_advisory_xact_lock, as several hosts may start at once."""


def prepare(url: str, *, asked: bool) -> None:
    """Create the tables, or migrate them where a person ``asked`` for it, as no copy is made. Raises StoreUnusable."""
    run(url, lambda connection: _prepare(connection, engines.place(url), asked=asked))


def schema_version(url: str) -> str | None:
    """The version of the schema; None if there is none yet. Raises StoreUnusable."""
    return run(url, _version)


def _prepare(connection: Connection, place: str, *, asked: bool) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    version = _version(connection)
    if version == schema.HEAD:
        return
    if version is not None:
        schema.check_known(version, place)
        if not asked:
            raise StoreUnusable(
                f"The PostgreSQL database {place} has the schema {version}, and this version needs {schema.HEAD}. Make "
                "a copy with pg_dump, stop the daemons of earlier versions, and run: agor db migrate"
            )
    schema.upgrade(connection)


def _version(connection: Connection) -> str | None:
    if connection.execute(text("SELECT to_regclass('alembic_version')")).scalar_one() is None:
        return None
    version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if version is None else str(version)


def run(url: str, work: Callable[[Connection], T]) -> T:
    """Run a unit of work in a transaction and wait for it. Raises StoreUnusable for an error of the server."""

    async def attempt() -> T:
        engine = engines.postgres(url)
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(work)
        except (SQLAlchemyError, OSError) as error:
            raise unusable(url, error) from error
        finally:
            await engine.dispose()

    return _in_a_loop_of_its_own(attempt())


def _in_a_loop_of_its_own(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in another thread and wait for it, as this thread may have a running loop already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()
