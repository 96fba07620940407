"""Updates the full-text index in the background, outside of the writes that it follows.

A step reads the feed from where the last step ended, in a small unit of work. That position is stored with the index,
so that a restart misses nothing. If the feed does not reach back to it, all records are indexed again, some at a time,
and the feed is followed from the position at which that began.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from itertools import pairwise
from typing import Any

import msgspec
from sqlalchemy import bindparam, select, update

from agor_core.db import feed_log, search_index
from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.db.tables import search_state
from agor_core.errors import Unavailable
from agor_core.repositories.mappings import MESSAGES, SESSIONS, TASKS, AnyMapping
from agor_core.repositories.search_texts import words_of

logger = logging.getLogger(__name__)

AT_ONCE = 200
"""The most changes or records of one step."""
PAUSE = 0.25
"""Seconds from one step to the next, so that bursts are indexed together."""
PATIENCE = 5.0
"""Seconds until the next attempt after a write failed."""

_MAPPINGS: tuple[AnyMapping, ...] = (SESSIONS, TASKS, MESSAGES)
_FOLDER = select(SESSIONS.table.c.cwd).where(SESSIONS.table.c.session_id == bindparam("session_id"))
_SERVICES = tuple(mapping.service for mapping in _MAPPINGS)


@asynccontextmanager
async def in_background(store: Store) -> AsyncIterator[None]:
    """Run :func:`follow` in the background within this context."""
    task = asyncio.create_task(follow(store), name="search-indexing")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def follow(store: Store) -> None:
    """Index all that is committed, until cancelled."""
    changed = asyncio.Event()
    changed.set()
    unsubscribe = store.on_commit(lambda _rows: changed.set())
    try:
        while True:
            await changed.wait()
            changed.clear()
            try:
                while await store.write(step):
                    pass
            except Exception as error:
                if isinstance(error, Unavailable):
                    logger.warning("the search index has to wait", extra={"reason": str(error)})
                else:
                    logger.exception("the search index could not be kept up")
                changed.set()
                await asyncio.sleep(PATIENCE)
            await asyncio.sleep(PAUSE)
    finally:
        unsubscribe()


def step(writer: Writer, *, most: int = AT_ONCE) -> bool:
    """Run one step; returns whether there is more to index."""
    state = writer.execute(select(search_state).with_for_update()).one()
    if state.service is not None:
        return _index_table(writer, state.service, state.after, most)
    if state.seq < feed_log.oldest(writer) - 1:
        search_index.clear(writer)
        _remember(writer, seq=feed_log.head(writer), service=_SERVICES[0], after="")
        return True
    return _index_feed(writer, state.seq, most)


def _index_feed(writer: Writer, seq: int, most: int) -> bool:
    rows, more = feed_log.page(writer, seq, _SERVICES, most)
    folder_of = _folders(writer)
    for row in {(row.service, row.id): row for row in rows}.values():
        if row.event == "removed":
            search_index.drop(writer, row.service, row.id)
        else:
            _put(writer, row.service, row.id, msgspec.json.decode(row.record), folder_of)
    reached = rows[-1].seq if more else feed_log.head(writer)
    if reached != seq:
        _remember(writer, seq=reached)
    return more


def _index_table(writer: Writer, service: str, after: str, most: int) -> bool:
    """Index the next records of a service in the order of their ids; after the last one begins the next service."""
    mapping = _MAPPINGS[_SERVICES.index(service)]
    statement = select(*mapping.selection).where(mapping.identity > after).order_by(mapping.identity).limit(most)
    folder_of = _folders(writer)
    for row in writer.execute(statement).all():
        record = msgspec.json.decode(mapping.encode(row))
        after = record[mapping.identity_path]
        _put(writer, service, after, record, folder_of)
        most -= 1
    if most == 0:
        _remember(writer, after=after)
    else:
        following = dict(pairwise(_SERVICES)).get(service)
        _remember(writer, service=following, after=following and "")
    return True


def _folders(writer: Writer) -> Callable[[str], str]:
    """A cached lookup of sessions' folders."""
    return cache(lambda session_id: writer.execute(_FOLDER, {"session_id": session_id}).scalar() or "/")


def _put(
    writer: Writer, service: str, identifier: str, record: dict[str, Any], folder_of: Callable[[str], str]
) -> None:
    folder = folder_of(record["session_id"]) if record.get("tool") else "/"
    if found := words_of(service, record, folder):
        search_index.put(writer, service, identifier, record["session_id"], record["created_at"], found)
    elif record.get("complete", True):
        search_index.drop(writer, service, identifier)


def _remember(writer: Writer, **values: Any) -> None:
    writer.execute(update(search_state).values(values))
