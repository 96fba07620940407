"""Lists: a page of the records that match a query, in its order, as encoded JSON."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import UNSET, Raw, UnsetType
from sqlalchemy import Integer, Select, bindparam, func, select

from agor_core.db import feed_log, keyset, query_compiler
from agor_core.db.connections import Reader
from agor_core.errors import InvalidInput, NotFound
from agor_core.query.matching import pick
from agor_core.query.tree import All, Compare, Comparison, Node, Query, Unresolved, mentions
from agor_core.repositories.mapping import RecordMapping
from agor_core.repositories.page import Page

AnyMapping = RecordMapping[Any]
Sort = tuple[tuple[str, bool], ...]
KEPT = 256
LONGEST_PAGE = 8 * 1024 * 1024
"""Bytes of records, above which a page ends before its limit; one record is answered whatever its size."""
_LONG = frozenset({"messages", "tasks"})
"""Services whose records may be megabytes each: of these a page is not fetched whole."""
_LIVE = Compare("archived_at", Comparison.EQ, None)


def find(reader: Reader, mapping: AnyMapping, query: Query, *, default_sort: tuple[str, ...] = ("created_at",)) -> Page:
    """A page of the records that match a query, in its order.

    Without ``$sort`` the order is ``default_sort``, ascending; the id orders equal records, in the direction of the
    last key. Archived records are left out unless the query is on ``archived_at``. Raises NotFound if the record to
    page from does not exist.
    """
    query = msgspec.structs.replace(query, where=_shown(mapping, query.where))
    total = _total(reader, mapping, query.where) if query.total else None
    if query.limit == 0 or total == 0:
        return Page(total, query.limit, query.skip, [])
    rows, going_on = _rows(reader, mapping, query, _sort(mapping, query, default_sort))
    return Page(total, query.limit, query.skip, rows, going_on)


def _total(reader: Reader, mapping: AnyMapping, where: Node) -> int:
    """The number of matching records, from the cache if possible."""

    def count() -> int:
        return int(reader.execute(_count(mapping, where)).scalar_one())

    if reader.totals is None:
        return count()
    return reader.totals.at(feed_log.head(reader), mapping.service, where, count)


def _shown(mapping: AnyMapping, where: Node) -> Node:
    """The condition without archived records, unless the query is on ``archived_at``."""
    if "archived_at" not in mapping.columns or mentions(where, "archived_at"):
        return where
    return All((_LIVE, where))


def _sort(mapping: AnyMapping, query: Query, default: tuple[str, ...]) -> Sort:
    """The sort keys up to the id, which is unique; reversed for a page that ends before a record."""
    identity = mapping.identity_path
    sort: Sort = query.sort or tuple((path, True) for path in default)
    paths = [path for path, _ in sort]
    sort = sort[: paths.index(identity) + 1] if identity in paths else (*sort, (identity, sort[-1][1]))
    return sort if query.before is None else tuple((path, not ascending) for path, ascending in sort)


def _rows(
    reader: Reader, mapping: AnyMapping, query: Query, sort: Sort
) -> tuple[list[Raw], dict[str, str] | UnsetType]:
    """The records of a page, and how to go on if they are too long for one page."""
    identity = mapping.identity_path
    nested = query.select is not None and any("." in path for path in query.select)
    top = None if query.select is None else frozenset({identity, *(path.split(".")[0] for path in query.select)})
    parameters: dict[str, Any] = {"limit": query.limit}
    if (here := query.before if query.after is None else query.after) is None:
        statement = _page(mapping, query.where, sort, top)
    else:
        values = _place(reader, mapping, sort, here)
        if keyset.uniform(_keys(mapping, sort)):
            statement = _page_beyond(mapping, query.where, sort, top)
            parameters |= zip(_names(sort), values, strict=True)
        else:
            beyond = keyset.beyond(_keys(mapping, sort), values)
            statement = _page(mapping, query.where, sort, top).where(beyond)
    if query.skip:
        statement = statement.offset(query.skip)
    _, encode = mapping.shape(top)
    if mapping.service in _LONG:
        with closing(reader.stream(statement, parameters)) as found:
            rows, cut = _bounded(map(encode, found))
    else:
        rows, cut = _bounded(map(encode, reader.execute(statement, parameters)))
    going_on: dict[str, str] | UnsetType = UNSET
    if cut:
        going_on = {"$after" if query.before is None else "$before": msgspec.json.decode(rows[-1])[identity]}
    if query.before is not None:
        rows.reverse()
    if nested and query.select is not None:
        rows = [msgspec.json.encode(pick(msgspec.json.decode(row), query.select, identity)) for row in rows]
    return [Raw(row) for row in rows], going_on


def _bounded(records: Iterable[bytes]) -> tuple[list[bytes], bool]:
    """The first records up to LONGEST_PAGE bytes, at least one, and whether there are more."""
    taken: list[bytes] = []
    size = 0
    for record in records:
        size += len(record)
        if size > LONGEST_PAGE and taken:
            return taken, True
        taken.append(record)
    return taken, False


def _place(reader: Reader, mapping: AnyMapping, sort: Sort, here: str | Unresolved) -> Sequence[Any]:
    """The present values of the sort keys in the record that a page begins after or ends before."""
    if isinstance(here, Unresolved):
        raise InvalidInput(f"{here.text!r} must be a full id here.")
    row = reader.execute(_look_up(mapping, sort), {"id": here}).one_or_none()
    if row is None:
        raise NotFound(mapping.kind, here)
    return row


# Statements are cached: the same lists are requested often, and composing a statement costs as much as running it.


@lru_cache(maxsize=KEPT)
def _page(mapping: AnyMapping, where: Node, sort: Sort, top: frozenset[str] | None) -> Select[Any]:
    columns, _ = mapping.shape(top)
    statement = select(*columns).where(query_compiler.condition(where, mapping.columns))
    return statement.order_by(*query_compiler.order(sort, mapping.columns)).limit(bindparam("limit", type_=Integer))


@lru_cache(maxsize=KEPT)
def _page_beyond(mapping: AnyMapping, where: Node, sort: Sort, top: frozenset[str] | None) -> Select[Any]:
    return _page(mapping, where, sort, top).where(keyset.beyond_row(_keys(mapping, sort), _names(sort)))


@lru_cache(maxsize=KEPT)
def _count(mapping: AnyMapping, where: Node) -> Select[Any]:
    return select(func.count()).select_from(mapping.table).where(query_compiler.condition(where, mapping.columns))


@lru_cache(maxsize=KEPT)
def _look_up(mapping: AnyMapping, sort: Sort) -> Select[Any]:
    return select(*(column for column, _ in _keys(mapping, sort))).where(mapping.identity == bindparam("id"))


def _keys(mapping: AnyMapping, sort: Sort) -> keyset.Keys:
    return [(mapping.columns[path], ascending) for path, ascending in sort]


def _names(sort: Sort) -> list[str]:
    return [f"place_{number}" for number in range(len(sort))]
