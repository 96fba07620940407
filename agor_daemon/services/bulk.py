"""Many records by a query: only ever those that somebody described, never all of them by an oversight."""

from typing import Any, Protocol

import msgspec

from agor_core.db.connections import Reader
from agor_core.errors import InvalidInput
from agor_core.query.parser import parse
from agor_core.query.tree import All, Among, AnyOf, Compare, Comparison, Node, Query
from agor_core.repositories.page import Page
from agor_daemon.error_responses import NotOffered
from agor_daemon.services.contract import OF_ALL, RawQuery, Service

MOST = 1_000
"""Records that one call changes or removes: as many as one page shows."""
_OF_A_PAGE = ("$limit", "$skip", "$sort", "$total", "$after", "$before")


class Finds(Protocol):
    """A repository, as far as it lists."""

    def find(self, reader: Reader, query: Query) -> Page: ...


def described(service: Service, raw: RawQuery) -> Query:
    """The query that says which records are meant.

    Raises MethodNotAllowed for one that leaves nothing out: a list that is empty vanishes from a query string.
    Raises InvalidInput for one that would mean a page of them.
    """
    for name in _OF_A_PAGE:
        if name in raw:
            raise InvalidInput(f"{name}: does not go with a change of many; it is of all that match.", place=name)
    query = parse(raw, service.fields)
    if not narrows(query.where):
        raise NotOffered(
            f"{service.name.capitalize()} are changed or removed by an id, or by a query that is not empty.",
            service.methods(OF_ALL),
        )
    return query


def narrows(node: Node) -> bool:
    """Whether a condition can leave anything out."""
    match node:
        case Compare():
            return True
        case Among(values=values):
            return bool(values)
        case All(parts):
            return any(narrows(part) for part in parts)
        case AnyOf(parts):
            return bool(parts) and all(narrows(part) for part in parts)


def demands(node: Node, wanted: Compare) -> bool:
    """Whether nothing matches that does not meet ``wanted``, as far as the query says so outright."""
    match node:
        case All(parts):
            return any(demands(part, wanted) for part in parts)
        case AnyOf(parts):
            return bool(parts) and all(demands(part, wanted) for part in parts)
        case _:
            return node == wanted


ARCHIVED = Compare("archived_at", Comparison.NE, None)


def identifiers(reader: Reader, repository: Finds, service: Service, query: Query) -> list[str]:
    """The ids of all that match; what is archived as in a list. Raises InvalidInput for more than MOST."""
    identity = service.fields.identity
    wanted = msgspec.structs.replace(query, select=(identity,), limit=MOST + 1, total=False)
    rows = repository.find(reader, service.with_full_ids(reader, wanted)).data
    if len(rows) > MOST:
        raise InvalidInput(f"More than {MOST:,} {service.name} match; narrow the query.")
    found: list[dict[str, Any]] = [msgspec.json.decode(row) for row in rows]
    return [record[identity] for record in found]
