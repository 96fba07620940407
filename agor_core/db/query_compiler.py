"""Compiles a query's tree to SQL, with the same results as :mod:`agor_core.query.matching` in memory."""

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, and_, false, literal, or_, true

from agor_core.errors import InvalidInput
from agor_core.query.tree import All, Among, AnyOf, Compare, Comparison, Node, Unresolved

Columns = Mapping[str, "Column[Any]"]


def condition(node: Node, columns: Columns) -> ColumnElement[bool]:
    """The tree as a condition; null equals only null. Raises InvalidInput for an unresolved id."""
    match node:
        case All(parts):
            return and_(true(), *(condition(part, columns) for part in parts))
        case AnyOf(parts):
            return or_(false(), *(condition(part, columns) for part in parts))
        case Among(path, values, negated):
            return _among(columns[path], [_value(value) for value in values], negated=negated)
        case Compare(path, comparison, value):
            return _compare(columns[path], comparison, _value(value))


def order(sort: Iterable[tuple[str, bool]], columns: Columns) -> list[ColumnElement[Any]]:
    """Sort keys as SQL: nulls first where a field ascends, last where it descends."""
    return [_key(columns[path], ascending=ascending) for path, ascending in sort]


def _key(column: "Column[Any]", *, ascending: bool) -> ColumnElement[Any]:
    key = column.asc() if ascending else column.desc()
    if not column.nullable:
        return key
    return key.nulls_first() if ascending else key.nulls_last()


def _compare(column: "Column[Any]", comparison: Comparison, value: Any) -> ColumnElement[bool]:
    match comparison:
        case Comparison.EQ:
            return column.is_(None) if value is None else _ORDERS[comparison](column, value)
        case Comparison.NE if value is None:
            return column.is_not(None)
        case Comparison.NE if column.nullable:
            return or_(column != value, column.is_(None))
        case _:
            # As a literal: SQLAlchemy knows no order of a bare true or false.
            return _ORDERS[comparison](column, literal(value, column.type))


_ORDERS: dict[Comparison, Callable[[Any, Any], ColumnElement[bool]]] = {
    Comparison.EQ: operator.eq,
    Comparison.NE: operator.ne,
    Comparison.LT: operator.lt,
    Comparison.LTE: operator.le,
    Comparison.GT: operator.gt,
    Comparison.GTE: operator.ge,
}


def _among(column: "Column[Any]", values: list[Any], *, negated: bool) -> ColumnElement[bool]:
    listed = [value for value in values if value is not None]
    inside, null = column.in_(listed), None in values
    if not column.nullable:
        return column.not_in(listed) if negated else inside
    if negated:
        return (
            and_(column.not_in(listed), column.is_not(None)) if null else or_(column.not_in(listed), column.is_(None))
        )
    return or_(inside, column.is_(None)) if null else inside


def _value(value: Any) -> Any:
    if isinstance(value, Unresolved):
        raise InvalidInput(f"{value.text!r} must be a full id here.")
    return value
