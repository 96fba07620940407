"""The engines for SQLite and PostgreSQL, and the settings of their connections."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

BUSY_SECONDS = 5.0
"""Timeout of a write that waits for another program's lock."""

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA journal_size_limit=67108864",
)


def sqlite_url(file: Path) -> str:
    """The address of a SQLite file."""
    return URL.create("sqlite", database=str(file)).render_as_string(hide_password=False)


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite address; None for another database."""
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def place(url: str) -> str:
    """A store as a sentence names it, without its password: the file, or the database with its host."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return parsed.database or ""
    schema = parsed.query.get("schema")
    within = f"{parsed.database} (schema {schema})" if schema else str(parsed.database)
    return f"{within} on {parsed.host or 'this machine'}{f':{parsed.port}' if parsed.port else ''}"


def sqlite_writer(url: str) -> Engine:
    """The engine of the only writing connection; a transaction takes the write lock as it begins."""
    address = make_url(url).set(drivername="sqlite+pysqlite")
    engine = create_engine(
        address,
        poolclass=NullPool,
        connect_args={"timeout": BUSY_SECONDS, "isolation_level": None, "check_same_thread": False},
    )
    _prepare_connections(engine, "BEGIN IMMEDIATE", PRAGMAS)
    return engine


def sqlite_readers(url: str) -> Engine:
    """The engine of the reading connections; a transaction sees one state of the store."""
    engine = create_engine(
        make_url(url).set(drivername="sqlite+pysqlite"),
        poolclass=NullPool,
        connect_args={"timeout": BUSY_SECONDS, "isolation_level": None, "check_same_thread": False},
    )
    _prepare_connections(engine, "BEGIN", ("PRAGMA query_only=ON",))
    return engine


def postgres(url: str) -> AsyncEngine:
    """The engine for PostgreSQL; ``?schema=NAME`` in the address keeps all tables in that schema."""
    address = make_url(url).set(drivername="postgresql+asyncpg")
    settings = {"application_name": "agor"}
    if schema := address.query.get("schema"):
        settings["search_path"] = str(schema)
    address = address.difference_update_query(["schema"])
    return create_async_engine(address, pool_size=10, max_overflow=5, connect_args={"server_settings": settings})


def _prepare_connections(engine: Engine, begin: str, pragmas: tuple[str, ...]) -> None:
    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        driver.execute(begin)
