"""Random queries and records for Hypothesis: to show that SQL and memory agree, and that what is written is read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Literal

import msgspec
from hypothesis import strategies as st

from agor_core.query.fields import Field, Fields, FieldType
from agor_core.query.matching import value_at
from agor_core.query.tree import All, Among, AnyOf, Compare, Comparison, Node, Query, Value

Pools = Mapping[str, Sequence[Value]]
"""The values that are used for a field, by path; few, so that queries hit."""


class Mood(StrEnum):
    """What a specimen may be like."""

    CALM = "calm"
    WILD = "wild"


class Place(msgspec.Struct, frozen=True):
    """The nested part of a specimen."""

    repo_id: str | None = None
    name: str | None = None
    side: Literal["left", "right"] | None = None


class Specimen(msgspec.Struct, frozen=True, kw_only=True):
    """A record with a field of every type, and of a closed set of values in both forms."""

    specimen_id: str
    status: str
    title: str | None = None
    note: str = ""
    mood: Mood = Mood.CALM
    count: int
    size: int | None = None
    score: float | None = None
    done: bool
    flagged: bool | None = None
    created_at: str
    archived_at: str | None = None
    parent_id: str | None = None
    place: Place | None = None
    extra: tuple[str, ...] = ()


FIELDS = Fields(
    Specimen,
    [
        Field("specimen_id", FieldType.ID, refers_to="specimens"),
        Field("status"),
        Field("title", nullable=True),
        Field("note"),
        Field("mood"),
        Field("count", FieldType.INTEGER),
        Field("size", FieldType.INTEGER, nullable=True),
        Field("score", FieldType.NUMBER, nullable=True),
        Field("done", FieldType.BOOLEAN),
        Field("flagged", FieldType.BOOLEAN, nullable=True),
        Field("created_at", FieldType.TIME),
        Field("archived_at", FieldType.TIME, nullable=True),
        Field("parent_id", FieldType.ID, nullable=True, refers_to="specimens"),
        Field("place.repo_id", FieldType.ID, nullable=True, refers_to="repos"),
        Field("place.name", nullable=True),
        Field("place.side", nullable=True),
    ],
)

VALUES: dict[FieldType, Sequence[Value]] = {
    # Upper and lower case, LIKE's wildcards, quotes, and two characters whose order differs in UTF-16.
    FieldType.TEXT: ("a", "A", "ab", "b", "%", "_", "a_b", "it's", '"', "ß", "é", "\uffee", "😀", " a", "running", "5"),
    FieldType.ID: tuple(f"01900000-0000-7000-8000-00000000000{digit}" for digit in "0123abcf"),
    FieldType.INTEGER: (0, 1, 2, 9, 10, -1, 2**53 + 1, 2**63 - 1, -(2**63)),
    FieldType.NUMBER: (0.0, 0.1, 1.0, -1.5, 2.5e-7, 1e16, 123456.789),
    FieldType.BOOLEAN: (True, False),
    FieldType.TIME: (
        "1969-12-31T23:59:59.999Z",
        "2026-01-31T09:05:00.000Z",
        "2026-01-31T09:05:00.123Z",
        "2026-01-31T09:05:00.124Z",
        "2026-11-01T00:00:00.000Z",
    ),
}


def pools_of(fields: Fields, records: Iterable[Mapping[str, Any]] = ()) -> dict[str, list[Value]]:
    """Values for each field: those that the records hold, and the usual ones of its type, or all that there are."""
    held = list(records)
    return {
        path: list(dict.fromkeys([*filter(None, (value_at(record, path) for record in held)), *_usual(field)]))
        for path, field in fields.items()
    }


def records(fields: Fields = FIELDS, pools: Pools | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """Records in their JSON form with a value, or null where it may be, for each field."""
    pools = pools or pools_of(fields)
    flat = st.fixed_dictionaries({path: _held(field, pools[path]) for path, field in fields.items()})
    return flat.map(_nested)


def nodes(
    fields: Fields = FIELDS, pools: Pools | None = None, *, empties: bool = True, leaves: int = 8
) -> st.SearchStrategy[Node]:
    """Trees as the parser makes them; without ``empties`` there is nothing in them that a query string cannot say."""
    pools = pools or pools_of(fields)
    leaf = st.sampled_from(list(fields.values())).flatmap(lambda field: _leaf(field, pools[field.path], empties))
    if empties:
        leaf |= st.just(All(()))
    return st.recursive(leaf, _groups, max_leaves=leaves)


def queries(
    fields: Fields = FIELDS, pools: Pools | None = None, *, empties: bool = True, leaves: int = 8
) -> st.SearchStrategy[Query]:
    """Whole queries, with small limits so that pages matter; some page from a record, which need not be there."""
    pools = pools or pools_of(fields)
    directions = st.lists(st.tuples(st.sampled_from(list(fields)), st.booleans()), max_size=3, unique_by=lambda s: s[0])
    selected = st.lists(st.sampled_from(sorted(fields.selectable)), min_size=not empties, max_size=4, unique=True)
    anywhere = st.sampled_from(pools[fields.identity])
    skipped = st.fixed_dictionaries({"skip": st.integers(0, 4)})
    places = skipped | st.fixed_dictionaries({"after": anywhere}) | st.fixed_dictionaries({"before": anywhere})
    whole = st.builds(
        Query,
        where=nodes(fields, pools, empties=empties, leaves=leaves) | st.just(All(())),
        select=st.none() | selected.map(tuple),
        sort=directions.map(tuple),
        limit=st.integers(0, 7),
        total=st.booleans(),
    )
    return st.builds(lambda query, place: msgspec.structs.replace(query, **place), whole, places)


def raw(query: Query) -> dict[str, Any]:
    """The query as Feathers' syntax writes it in JSON; all that the parser reads from it is the query again."""
    written = raw_node(query.where) | {"$limit": query.limit, "$skip": query.skip, "$total": query.total}
    if query.sort:
        written["$sort"] = {path: 1 if ascending else -1 for path, ascending in query.sort}
    for name, place in (("$after", query.after), ("$before", query.before)):
        if place is not None:
            written[name] = place
    if query.select is not None:
        written["$select"] = list(query.select)
    return written


def raw_node(node: Node) -> dict[str, Any]:
    """One tree of conditions as an object."""
    match node:
        case All(()):
            return {}
        case All(parts):
            return {"$and": [raw_node(part) for part in parts]}
        case AnyOf(parts):
            return {"$or": [raw_node(part) for part in parts]}
        case Among(path, values, negated):
            return {path: {"$nin" if negated else "$in": list(values)}}
        case Compare(path, Comparison.EQ, value):
            return {path: value}
        case Compare(path, comparison, value):
            return {path: {comparison.value: value}}


def as_pairs(raw: Mapping[str, Any]) -> list[tuple[str, str]]:
    """An object as a query string has it, lists with indexes; empty objects and lists cannot be written and vanish."""
    return [pair for key, value in raw.items() for pair in _pairs(key, value)]


def _pairs(key: str, value: Any) -> Iterator[tuple[str, str]]:
    match value:
        case Mapping():
            for name, inner in value.items():
                yield from _pairs(f"{key}[{name}]", inner)
        case list() | tuple():
            for at, inner in enumerate(value):
                yield from _pairs(f"{key}[{at}]", inner)
        case None:
            yield key, "null"
        case bool():
            yield key, "true" if value else "false"
        case _:
            yield key, str(value)


def _usual(field: Field) -> Sequence[Value]:
    return field.choices or VALUES[field.type]


def _held(field: Field, pool: Sequence[Value]) -> st.SearchStrategy[Value]:
    held: st.SearchStrategy[Value] = st.sampled_from(pool)
    return st.none() | held if field.nullable else held


def _leaf(field: Field, pool: Sequence[Value], empties: bool) -> st.SearchStrategy[Node]:
    values = st.sampled_from(pool)
    held = _held(field, pool)
    equality = st.sampled_from([Comparison.EQ, Comparison.NE])
    order = st.sampled_from([Comparison.LT, Comparison.LTE, Comparison.GT, Comparison.GTE])
    several = st.lists(held, min_size=not empties, max_size=4, unique=True).map(tuple)
    leaf = st.builds(Compare, st.just(field.path), equality, held)
    leaf |= st.builds(Among, st.just(field.path), several, st.booleans())  # type: ignore[arg-type]
    return leaf if field.type is FieldType.BOOLEAN else leaf | st.builds(Compare, st.just(field.path), order, values)


def _groups(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    parts = st.lists(children, min_size=1, max_size=3).map(tuple)
    return st.builds(AnyOf, parts) | st.builds(All, parts)


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for path, value in flat.items():
        *parents, name = path.split(".")
        part = record
        for parent in parents:
            part = part.setdefault(parent, {})
        part[name] = value
    return record
