"""Keyset paging: the rows after a given row in an order, as a condition that an index answers at any depth."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, and_, bindparam, false, literal, or_, tuple_

Keys = Sequence[tuple["Column[Any]", bool]]
"""Columns to sort by and whether they ascend: nulls first ascending, last descending."""


def uniform(keys: Keys) -> bool:
    """Whether all columns sort in one direction and hold no nulls, so that rows compare as tuples."""
    return len({ascending for _, ascending in keys}) == 1 and not any(column.nullable for column, _ in keys)


def beyond_row(keys: Keys, names: Sequence[str]) -> ColumnElement[bool]:
    """The rows after a row in a uniform order; its values are parameters with these names."""
    columns = [column for column, _ in keys]
    here = tuple_(*(bindparam(name, type_=column.type) for column, name in zip(columns, names, strict=True)))
    row = tuple_(*columns)
    return row > here if keys[0][1] else row < here


def beyond(keys: Keys, values: Sequence[Any]) -> ColumnElement[bool]:
    """The rows after the row with these values, in the order of the keys, the last of which is unique.

    One comparison for each key; the first key's is repeated alone, so that its index gets a range.
    """
    (first, ascending), value = keys[0], values[0]
    condition = _in_turn(keys, values)
    if first.nullable:
        return condition
    bound = literal(value, first.type)
    return and_(first >= bound if ascending else first <= bound, condition)


def _in_turn(keys: Keys, values: Sequence[Any]) -> ColumnElement[bool]:
    (column, ascending), value = keys[0], values[0]
    past = _past(column, value, ascending=ascending)
    if len(keys) == 1:
        return past
    same = column.is_(None) if value is None else column == literal(value, column.type)
    return or_(past, and_(same, _in_turn(keys[1:], values[1:])))


def _past(column: "Column[Any]", value: Any, *, ascending: bool) -> ColumnElement[bool]:
    if value is None:
        return column.is_not(None) if ascending else false()
    bound = literal(value, column.type)
    if ascending:
        return column > bound
    return or_(column < bound, column.is_(None)) if column.nullable else column < bound
