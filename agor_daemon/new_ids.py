"""New records get ids whose short forms are free.

An id of ours is made anew when its short form is taken. One that cannot be, as it was given or other things were made
for it already, has a longer short form, which the repositories cut to the usual length where that is free.
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


async def storing(
    store: Store, insert: Callable[[Writer, Draft], Record], make: Callable[[], Awaitable[Sequence[Draft]]]
) -> list[Record]:
    """Store new records in one transaction; when a short id is taken they are made anew. Raises Conflict."""

    async def attempt() -> list[Record]:
        drafts = await make()
        return await store.write(lambda w: [insert(w, draft) for draft in drafts])

    for _ in range(ATTEMPTS - 1):
        with contextlib.suppress(ShortIdTaken):
            return await attempt()
    return await attempt()


async def fresh(store: Store, put: Callable[[Writer, str], Record], *, given: str | None = None) -> Record:
    """The one record that ``put`` stores under an id: the caller's own, else one of ours. Raises Conflict."""

    async def make() -> list[str]:
        return [given or new_id()]

    return (await storing(store, put, make))[0]


def short_for(identifier: str, *, given: bool) -> str:
    """The short id to store; ``given`` for an id that cannot be made anew on a clash."""
    return short_id(identifier, LONGER_SHORT_LENGTH if given else SHORT_LENGTH)
