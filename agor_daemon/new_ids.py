"""Storing new records under ids whose short forms are free.

An id that the daemon makes is replaced when its short form is taken. An id that was given, or that something on disk
is named after, cannot be replaced: it has a longer short form, which is cut to the usual length where that is free.
"""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.ids import LONGER_SHORT_LENGTH, SHORT_LENGTH, new_id, short_id
from agor_core.repositories.base import ShortIdTaken

Draft = TypeVar("Draft")
Record = TypeVar("Record")
ATTEMPTS = 5


async def store_new(
    store: Store, insert: Callable[[Writer, Draft], Record], make: Callable[[], Awaitable[Sequence[Draft]]]
) -> list[Record]:
    """Store the drafts of ``make`` in one transaction; on a taken short id, try with new drafts. Raises Conflict."""

    async def attempt() -> list[Record]:
        drafts = await make()
        return await store.write(lambda w: [insert(w, draft) for draft in drafts])

    for _ in range(ATTEMPTS - 1):
        with contextlib.suppress(ShortIdTaken):
            return await attempt()
    return await attempt()


async def store_one(store: Store, put: Callable[[Writer, str], Record], *, given: str | None = None) -> Record:
    """Store one record by ``put``, under the ``given`` id or else a new one. Raises Conflict."""

    async def make() -> list[str]:
        return [given or new_id()]

    return (await store_new(store, put, make))[0]


def stored_short_id(identifier: str, *, given: bool) -> str:
    """The short id to store: longer for a ``given`` id, which cannot be replaced on a clash."""
    return short_id(identifier, LONGER_SHORT_LENGTH if given else SHORT_LENGTH)
