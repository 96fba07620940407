"""Parses a query from its nested form to the tree, and checks every name, operator, type and bound."""

from collections.abc import Iterator, Mapping
from typing import Any

from agor_core.domain.texts import label, shown, suggestion
from agor_core.errors import InvalidInput
from agor_core.query import values
from agor_core.query.fields import Field, Fields, FieldType
from agor_core.query.tree import All, Among, AnyOf, Compare, Comparison, Node, Query, Unresolved

MAX_DEPTH = 8
"""The most levels of ``$or`` and ``$and``."""
MAX_NODES = 200
"""The most conditions, groups included."""
MAX_VALUES = 1000
"""The most items of all ``$in`` and ``$nin``; keeps a statement below every database's limit of variables."""

_COMPARISONS = {comparison.value: comparison for comparison in Comparison if comparison is not Comparison.EQ}
_MEMBERSHIP = {"$in": False, "$nin": True}
_GROUPS: dict[str, type[All] | type[AnyOf]] = {"$and": All, "$or": AnyOf}
_TOP = frozenset({"$select", "$sort", "$limit", "$skip", "$total", "$after", "$before"})


def parse(raw: Mapping[str, Any], fields: Fields, *, default_limit: int = 100, max_limit: int = 1000) -> Query:
    """Parse a query from JSON or from :func:`~agor_core.query.query_string.parse_pairs`.

    A ``$limit`` above ``max_limit`` is lowered to it. Raises InvalidInput, whose ``place`` is the name at fault
    (``status.$foo``, ``$or[1].agent``).
    """
    if not isinstance(raw, Mapping):
        raise InvalidInput("A query must be an object.")
    options = {key: value for key, value in raw.items() if key in _TOP}
    conditions = {key: value for key, value in raw.items() if key not in _TOP}
    limit = _count(options, "$limit", default_limit)
    after, before = (_place(options, key, fields) for key in ("$after", "$before"))
    return Query(
        where=_Conditions(fields).all_of(conditions, "", 0),
        select=_select(options["$select"], fields) if "$select" in options else None,
        sort=tuple(_sort(options["$sort"], fields)) if "$sort" in options else (),
        limit=min(limit, max_limit),
        skip=_count(options, "$skip", 0),
        total=values.read_boolean(options["$total"], "$total") if "$total" in options else True,
        after=after,
        before=before,
    )


class _Conditions:
    """Parses conditions and counts them."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._nodes = 0
        self._values = 0

    def all_of(self, raw: Any, place: str, depth: int) -> Node:
        """Parse an object of conditions; ``place`` is its place in the query."""
        if not isinstance(raw, Mapping):
            raise InvalidInput(f"{place}: must be an object of conditions, not {shown(raw)}.", place=place)
        parts: list[Node] = []
        for key, value in raw.items():
            here = _join(place, key)
            if key in _GROUPS:
                parts.append(self._group(key, value, here, depth + 1))
            elif key in _TOP:
                raise InvalidInput(f"{here}: belongs to the top of a query only.", place=here)
            elif not isinstance(key, str) or key.startswith("$"):
                raise InvalidInput(f"{here}: there is no such operator here; there are $or and $and.", place=here)
            else:
                parts.extend(self._about(key, value, here))
        if len(parts) == 1:
            return parts[0]
        self._count_node(place)
        return All(tuple(parts))

    def _group(self, key: str, raw: Any, place: str, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise InvalidInput(f"{place}: conditions are nested more than {MAX_DEPTH} deep.", place=place)
        if not isinstance(raw, list | tuple) or not raw:
            raise InvalidInput(f"{place}: must be a list of at least one object of conditions.", place=place)
        self._count_node(place)
        return _GROUPS[key](tuple(self.all_of(part, f"{place}[{at}]", depth) for at, part in enumerate(raw)))

    def _about(self, path: str, raw: Any, place: str) -> Iterator[Node]:
        """Parse the conditions on a field, or on the fields of a nested object."""
        field = self._fields.get(path)
        if not isinstance(raw, Mapping):
            if field is None:
                raise self._unknown(path, place)
            yield self._compare(field, Comparison.EQ, values.read(field, _single(raw, place), place), place)
            return
        if field is None and path not in self._fields.groups:
            raise self._unknown(path, place)
        if not raw:
            raise InvalidInput(f"{place}: has no condition.", place=place)
        for key, value in raw.items():
            here = _join(place, key)
            if isinstance(key, str) and not key.startswith("$"):
                yield from self._about(f"{path}.{key}", value, here)
            elif field is None:
                raise self._unknown(path, here)
            else:
                yield self._operator(field, key, value, here)

    def _operator(self, field: Field, key: Any, raw: Any, place: str) -> Node:
        if key in _MEMBERSHIP:
            return self._among(field, raw, _MEMBERSHIP[key], place)
        comparison = _COMPARISONS.get(key) if isinstance(key, str) else None
        if comparison is None:
            known = ", ".join([*_COMPARISONS, *_MEMBERSHIP])
            raise InvalidInput(f"{place}: there is no such operator; there are {known}.", place=place)
        value = _single(raw, place)
        if comparison is Comparison.NE:
            return self._compare(field, comparison, values.read(field, value, place), place)
        if field.type is FieldType.BOOLEAN:
            raise InvalidInput(f"{place}: true and false have no order.", place=place)
        if value is None or (field.nullable and value == "null"):
            raise InvalidInput(f"{place}: null has no order; only equality, $ne, $in and $nin take it.", place=place)
        return self._compare(field, comparison, values.read_operand(field, value, place), place)

    def _compare(self, field: Field, comparison: Comparison, value: Any, place: str) -> Node:
        self._count_node(place)
        return Compare(field.path, comparison, value)

    def _among(self, field: Field, raw: Any, negated: bool, place: str) -> Node:
        items = raw if isinstance(raw, list | tuple) else [raw]
        self._count_node(place)
        self._values += len(items)
        if self._values > MAX_VALUES:
            raise InvalidInput(f"{place}: a query lists at most {MAX_VALUES} values.", place=place)
        read = [values.read(field, item, f"{place}[{at}]") for at, item in enumerate(items)]
        return Among(field.path, tuple(dict.fromkeys(read)), negated)

    def _count_node(self, place: str) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise InvalidInput(f"{place}: a query has at most {MAX_NODES} conditions.", place=place)

    def _unknown(self, path: str, place: str) -> InvalidInput:
        return _unknown_field(path, self._fields, place)


def _unknown_field(path: str, fields: Fields, place: str) -> InvalidInput:
    inside = [known for known in fields if known.startswith(f"{path}.")]
    if inside:
        return InvalidInput(f"{place}: {shown(path)} is an object; there are {', '.join(inside)}.", place=place)
    problem = "cannot be filtered or sorted by" if path in fields.selectable else "is no field"
    return InvalidInput(f"{place}: {shown(path)} {problem}{suggestion(path, fields)}", place=place)


def _select(raw: Any, fields: Fields) -> tuple[str, ...]:
    names = raw if isinstance(raw, list | tuple) else [raw]
    for name in names:
        if not isinstance(name, str):
            raise InvalidInput(f"$select: must name fields, not {shown(name)}.", place="$select")
        if name not in fields.selectable:
            hint = suggestion(name, sorted(fields.selectable))
            raise InvalidInput(f"$select: the record has no field {shown(name)}{hint}", place="$select")
    return tuple(dict.fromkeys(names))


def _sort(raw: Any, fields: Fields, prefix: str = "") -> Iterator[tuple[str, bool]]:
    if not isinstance(raw, Mapping):
        raise InvalidInput("$sort: must have a field and a direction, as in $sort[created_at]=-1.", place="$sort")
    for key, value in raw.items():
        path = f"{prefix}{key}"
        here = _join("$sort", path)
        if path in fields.groups and isinstance(value, Mapping):
            yield from _sort(value, fields, f"{path}.")
        elif path not in fields:
            raise _unknown_field(path, fields, here)
        elif isinstance(value, bool) or value not in (1, -1, "1", "-1"):
            raise InvalidInput(f"{here}: must be 1 (ascending) or -1 (descending), not {shown(value)}.", place=here)
        else:
            yield path, int(value) == 1


def _place(options: Mapping[str, Any], key: str, fields: Fields) -> str | Unresolved | None:
    """The id of the record that a page begins after or ends before."""
    if key not in options:
        return None
    if key == "$before" and "$after" in options:
        raise InvalidInput("$before: does not go together with $after.", place=key)
    if _count(options, "$skip", 0):
        raise InvalidInput(f"{key}: does not go together with $skip.", place=key)
    place = values.read_operand(fields[fields.identity], _single(options[key], key), key)
    return place if isinstance(place, str | Unresolved) else str(place)


def _count(options: Mapping[str, Any], key: str, default: int) -> int:
    if key not in options:
        return default
    number = values.read_integer(options[key], key)
    if number < 0:
        raise InvalidInput(f"{key}: must not be negative.", place=key)
    return number


def _single(raw: Any, place: str) -> Any:
    if isinstance(raw, list | tuple):
        raise InvalidInput(f"{place}: is given more than once; use $in for several values.", place=place)
    return raw


def _join(place: str, key: Any) -> str:
    return f"{place}.{label(key)}" if place else label(key)
