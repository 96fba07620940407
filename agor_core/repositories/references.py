"""Resolves the forms of an id to the full id, by ranges of an index, never by a scan."""

from functools import cache
from typing import Any, TypeVar

from msgspec import Struct
from sqlalchemy import ColumnElement, bindparam, select, union

from agor_core.db.connections import Reader
from agor_core.errors import Ambiguous, NotFound
from agor_core.ids import TextRange, reference
from agor_core.repositories.base import matching
from agor_core.repositories.mapping import RecordMapping
from agor_core.repositories.mappings import AnyMapping

R = TypeVar("R", bound=Struct)
Texts = dict[str, str | TextRange]

MOST_CANDIDATES = 20


def resolve(reader: Reader, mapping: RecordMapping[R], text: str) -> str:
    """Resolve an id, a short id, a slug, or a prefix of an id or short id to the full id.

    An exact match beats prefixes. Raises NotFound, or Ambiguous with the candidates' ids and titles.
    """
    given = reference(text)
    columns = mapping.table.c
    exact: Texts = {}
    if given.exact is not None:
        exact[mapping.identity.name] = given.exact
    if given.short is not None and "short_id" in columns:
        exact["short_id"] = given.short
    if "slug" in columns:
        exact["slug"] = given.slug
    prefixed: Texts = {}
    if given.ids is not None:
        prefixed[mapping.identity.name] = given.ids
    if given.shorts is not None and "short_id" in columns:
        prefixed["short_id"] = given.shorts
    found = _ids(reader, mapping, exact) or _ids(reader, mapping, prefixed)
    if not found:
        raise NotFound(mapping.kind, text)
    if len(found) > 1:
        raise Ambiguous(mapping.kind, text, _candidates(reader, mapping, found))
    return found[0]


def _ids(reader: Reader, mapping: RecordMapping[R], wanted: Texts) -> list[str]:
    """The ids of the records whose column of that name equals the text or is within the range."""
    if not wanted:
        return []
    values: dict[str, str] = {}
    for name, text in wanted.items():
        if isinstance(text, TextRange):
            values |= {f"{name}_low": text.low, f"{name}_high": text.high}
        else:
            values[name] = text
    statement = _look_up(mapping, tuple((name, isinstance(text, TextRange)) for name, text in wanted.items()))
    return list(reader.execute(statement, values).scalars())


@cache
def _look_up(mapping: AnyMapping, wanted: tuple[tuple[str, bool], ...]) -> Any:
    """A cached statement with a select for each condition, so that each uses its own index."""
    selects = [
        select(mapping.identity).where(_condition(mapping.table.c[name], within=within)) for name, within in wanted
    ]
    statement: Any = selects[0] if len(selects) == 1 else union(*selects)
    return statement.limit(MOST_CANDIDATES)


def _condition(column: ColumnElement[Any], *, within: bool) -> ColumnElement[bool]:
    if not within:
        return column == bindparam(column.key)
    return (column >= bindparam(f"{column.key}_low")) & (column < bindparam(f"{column.key}_high"))


def _candidates(reader: Reader, mapping: RecordMapping[R], found: list[str]) -> list[tuple[str, str]]:
    records = matching(reader, mapping, mapping.identity.in_(found), order=[mapping.identity])
    return [
        (getattr(record, "short_id", None) or getattr(record, mapping.identity.name), mapping.title(record) or "")
        for record in records
    ]
