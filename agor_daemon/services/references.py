"""Ids as people give them, turned into full ones: in paths, in bodies and in filters."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from msgspec import UnsetType

from agor_core.db.connections import Reader, Writer
from agor_core.db.store import Store
from agor_core.errors import InvalidInput, NotFound
from agor_core.ids import LONGER_SHORT_LENGTH, SHORT_LENGTH, canonical, new_id, short_id
from agor_core.query.references import resolve_ids
from agor_core.query.tree import Query
from agor_core.repositories import approvals, boards, messages, repos, sessions, tasks, worktrees
from agor_core.repositories.base import ShortIdTaken

Draft = TypeVar("Draft")
Record = TypeVar("Record")

ATTEMPTS = 5

REPOSITORIES: Mapping[str, Any] = {
    "sessions": sessions,
    "tasks": tasks,
    "messages": messages,
    "boards": boards,
    "repos": repos,
    "worktrees": worktrees,
    "approvals": approvals,
}


def resolved(reader: Reader, query: Query) -> Query:
    """The query with all ids in full; messages have no other form of id. Raises NotFound and Ambiguous."""

    def full(service: str, text: str) -> str:
        if service == "messages":
            raise NotFound("message", text)
        return str(REPOSITORIES[service].resolve(reader, text))

    return resolve_ids(query, full)


def own_id(given: str | UnsetType, place: str) -> str | None:
    """The id that a client made, in its stored form; None if it made none. Raises InvalidInput."""
    if isinstance(given, UnsetType):
        return None
    full = canonical(given)
    if full is None:
        raise InvalidInput(f"{place}: an id of your own must be a full UUID.", place=place)
    return full


def identity(given: str | UnsetType, place: str) -> tuple[str, str]:
    """The id and short id of a new record; an id of the client's own, not to be made anew, has a longer one."""
    mine = own_id(given, place)
    full = mine or new_id()
    return full, short_id(full, LONGER_SHORT_LENGTH if mine else SHORT_LENGTH)


async def storing(
    store: Store,
    insert: Callable[[Writer, Draft], Record],
    make: Callable[[], Awaitable[Sequence[Draft]]],
) -> list[Record]:
    """Store new records in one transaction; when a short id is taken they are made anew. Raises Conflict."""
    for attempt in range(1, ATTEMPTS + 1):
        drafts = await make()
        try:
            return await store.write(lambda writer: [insert(writer, draft) for draft in drafts])  # noqa: B023
        except ShortIdTaken:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("not reached")
