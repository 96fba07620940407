"""Applies a query to decoded records in memory, with the same results as SQL."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from agor_core.errors import NotFound
from agor_core.query.tree import All, Among, AnyOf, Compare, Comparison, Node, Query, Unresolved

R = TypeVar("R", bound=Mapping[str, Any])


def value_at(record: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path of a record; None if it or an object on the way is missing."""
    value: Any = record
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def matches(node: Node, record: Mapping[str, Any], value: Callable[[Mapping[str, Any], str], Any] = value_at) -> bool:
    """Whether a record, nested like its JSON or read by ``value``, matches the tree.

    Raises TypeError for an unresolved id.
    """
    match node:
        case All(parts):
            return all(matches(part, record, value) for part in parts)
        case AnyOf(parts):
            return any(matches(part, record, value) for part in parts)
        case Among(path, wanted, negated):
            return any(_equal(value(record, path), one) for one in wanted) is not negated
        case Compare(path, Comparison.EQ, wanted):
            return _equal(value(record, path), wanted)
        case Compare(path, Comparison.NE, wanted):
            return not _equal(value(record, path), wanted)
        case Compare(path, comparison, wanted):
            return _in_order(comparison, value(record, path), wanted)


def ordered(records: Iterable[R], sort: Sequence[tuple[str, bool]]) -> list[R]:
    """The records sorted, stably; nulls are first where a field ascends, last where it descends."""
    result = list(records)
    for path, ascending in reversed(sort):
        result.sort(key=lambda record: _rank(value_at(record, path)), reverse=not ascending)
    return result


def page(records: Sequence[R], query: Query, identity: str) -> list[R]:
    """The page of a query from the matching records in order.

    Raises NotFound if the record to page from is none of them.
    """
    if query.after is not None:
        start = _index(records, query.after, identity) + 1
        return list(records[start : start + query.limit])
    if query.before is not None:
        end = _index(records, query.before, identity)
        return list(records[max(0, end - query.limit) : end])
    return list(records[query.skip : query.skip + query.limit])


def pick(record: Mapping[str, Any], select: Iterable[str], identity: str) -> dict[str, Any]:
    """The fields of a record that ``$select`` names, nested as in the record, and the record's own id."""
    picked: dict[str, Any] = {}
    for path in (identity, *select):
        _copy(record, picked, path.split("."))
    return picked


def _copy(source: Mapping[str, Any], target: dict[str, Any], names: list[str]) -> None:
    name, *rest = names
    if name not in source:
        return
    inner = source[name]
    if not rest or not isinstance(inner, Mapping):
        target[name] = inner
        return
    part = target.setdefault(name, {})
    if part is not inner:
        _copy(inner, part, rest)


def _index(records: Sequence[R], wanted: Any, identity: str) -> int:
    for index, record in enumerate(records):
        if _equal(value_at(record, identity), wanted):
            return index
    raise NotFound("record", str(wanted))


def _equal(held: Any, wanted: Any) -> bool:
    if isinstance(wanted, Unresolved):
        raise TypeError(f"{wanted.text!r} was not resolved")
    return bool(held == wanted)


def _in_order(comparison: Comparison, held: Any, wanted: Any) -> bool:
    if isinstance(wanted, Unresolved):
        raise TypeError(f"{wanted.text!r} was not resolved")
    if held is None:
        return False
    match comparison:
        case Comparison.LT:
            return bool(held < wanted)
        case Comparison.LTE:
            return bool(held <= wanted)
        case Comparison.GT:
            return bool(held > wanted)
        case _:
            return bool(held >= wanted)


def _rank(value: Any) -> tuple[bool, Any]:
    return (value is not None, value if value is not None else 0)
