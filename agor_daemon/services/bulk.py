"""Changes and removals of many records: the query must narrow them down, so that none is hit by an oversight."""

from typing import Any, Protocol

import msgspec

from agor_core.db.connections import Reader
from agor_core.errors import InvalidInput
from agor_core.query.parser import parse
from agor_core.query.tree import All, Among, AnyOf, Compare, Comparison, Node, Query
from agor_core.repositories.page import Page
from agor_daemon.error_responses import NotOffered
from agor_daemon.services.contract import OF_A_PAGE, OF_ALL, RawQuery, Service

MOST = 1_000
"""The number of records that one call may change or remove: as many as one page shows."""


class Finds(Protocol):
    """The part of a repository that lists records."""

    def find(self, reader: Reader, query: Query) -> Page: ...


def parse_query(service: Service, raw: RawQuery) -> Query:
    """The query of a call for many records.

    Raises MethodNotAllowed for a query that excludes no record (an empty list vanishes from a query string), and
    InvalidInput for one with a page or an order.
    """
    if pages := sorted(raw.keys() & OF_A_PAGE):
        raise InvalidInput(f"{pages[0]}: cannot be combined with a change of all that match.", place=pages[0])
    query = parse(raw, service.fields)
    if not narrows(query.where):
        raise NotOffered(
            f"{service.name.capitalize()} are changed or removed by an id, or by a query that is not empty.",
            service.methods(OF_ALL),
        )
    return query


def narrows(node: Node) -> bool:
    """Whether a condition can exclude a record."""
    match node:
        case Compare():
            return True
        case Among(values=values):
            return bool(values)
        case All(parts):
            return any(narrows(part) for part in parts)
        case AnyOf(parts):
            return bool(parts) and all(narrows(part) for part in parts)


def requires(node: Node, wanted: Compare) -> bool:
    """Whether every match meets ``wanted``, as far as the structure of the condition shows."""
    match node:
        case All(parts):
            return any(requires(part, wanted) for part in parts)
        case AnyOf(parts):
            return bool(parts) and all(requires(part, wanted) for part in parts)
        case _:
            return node == wanted


ARCHIVED = Compare("archived_at", Comparison.NE, None)


def matching_ids(reader: Reader, repository: Finds, service: Service, query: Query) -> list[str]:
    """The ids of all records that match; archived ones count as in a list. Raises InvalidInput for more than MOST."""
    identity = service.fields.identity
    wanted = msgspec.structs.replace(query, select=(identity,), limit=MOST + 1, total=False)
    rows = repository.find(reader, service.with_full_ids(reader, wanted)).data
    if len(rows) > MOST:
        raise InvalidInput(f"More than {MOST:,} {service.name} match; narrow the query.")
    found: list[dict[str, Any]] = [msgspec.json.decode(row) for row in rows]
    return [record[identity] for record in found]
