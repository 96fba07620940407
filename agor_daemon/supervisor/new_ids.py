"""New records: an id whose short form is free, or the caller's own."""

from collections.abc import Callable
from typing import TypeVar

from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.ids import LONGER_SHORT_LENGTH, SHORT_LENGTH, new_id, short_id
from agor_core.repositories.base import ShortIdTaken

T = TypeVar("T")
ATTEMPTS = 20


async def fresh(store: Store, put: Callable[[Writer, str], T], *, given: str | None = None) -> T:
    """Run ``put`` with an id: the caller's own, else new ones until a short id is free."""
    for _ in range(ATTEMPTS - 1):
        identifier = given or new_id()
        try:
            return await store.write(lambda w, identifier=identifier: put(w, identifier))  # type: ignore[misc]
        except ShortIdTaken:
            if given is not None:
                raise
    return await store.write(lambda w: put(w, given or new_id()))


def short_for(identifier: str, *, given: bool) -> str:
    """The short id to show; longer for an id that somebody else made, as it cannot be made anew on a clash."""
    return short_id(identifier, LONGER_SHORT_LENGTH if given else SHORT_LENGTH)
