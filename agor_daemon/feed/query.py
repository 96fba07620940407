"""The parameters of the feed: cursor, services, conditions on records, and page size."""

from collections.abc import Mapping, Sequence

import msgspec

from agor_core.errors import InvalidInput
from agor_core.query.parser import parse as parse_conditions
from agor_core.query.query_string import parse_pairs
from agor_core.query.tree import Query
from agor_core.wire.feed import Cursor
from agor_daemon.services.contract import Service

DEFAULT_LIMIT = 100
MOST = 1000
GROUPS = frozenset({"$or", "$and"})


class FeedQuery(msgspec.Struct, frozen=True):
    """``since`` None starts at now; a text that is no cursor counts as a foreign one.

    ``records`` are conditions on the records of the only service in ``services``; None selects all.
    """

    since: Cursor | None = None
    services: frozenset[str] | None = None
    limit: int = DEFAULT_LIMIT
    records: Query | None = None


def parse(pairs: Sequence[tuple[str, str]], known: Mapping[str, Service]) -> FeedQuery:
    """Read the pairs of a query string. Raises InvalidInput.

    ``service`` takes several names; ``query[…]`` needs exactly one.
    """
    since: Cursor | None = None
    services: set[str] = set()
    limit = DEFAULT_LIMIT
    conditions: list[tuple[str, str]] = []
    for key, value in pairs:
        match key:
            case "since":
                since = cursor(value)
            case "service" | "service[]" | "services":
                services.update(name for name in value.split(",") if name)
            case "limit" | "$limit":
                limit = _limit(value)
            case _ if key.startswith("query["):
                conditions.append((key, value))
            case _:
                raise InvalidInput(f"{key}: the feed takes since, service, query[…] and limit.", place=key)
    if unknown := sorted(services - set(known)):
        raise InvalidInput(
            f"service: there is no service {unknown[0]!r}; there are: {', '.join(known)}.", place="service"
        )
    records = _records(conditions, services, known) if conditions else None
    return FeedQuery(since, frozenset(services) or None, limit, records)


def cursor(text: str) -> Cursor | None:
    """The cursor that a client gives; a foreign one if it is none, None if it is empty."""
    return (Cursor.parse(text) or Cursor("", 0)) if text else None


def _records(conditions: list[tuple[str, str]], services: set[str], known: Mapping[str, Service]) -> Query:
    if len(services) != 1:
        raise InvalidInput("query: needs exactly one service, as in service=sessions.", place="query")
    raw = parse_pairs(conditions)["query"]
    if not isinstance(raw, Mapping):
        raise InvalidInput("query: must be conditions, such as query[status]=running.", place="query")
    if options := [key for key in raw if key.startswith("$") and key not in GROUPS]:
        raise InvalidInput(f"query[{options[0]}]: is for lists; the feed takes conditions only.", place="query")
    return parse_conditions(raw, known[next(iter(services))].fields)


def _limit(value: str) -> int:
    if not (value.isascii() and value.isdecimal()) or not 1 <= int(value) <= MOST:
        raise InvalidInput(f"limit: must be a number from 1 to {MOST}.", place="limit")
    return int(value)
