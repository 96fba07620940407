"""The operations that all repositories share: insert, get, update and delete records of a mapping."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Select, bindparam, delete, select
from sqlalchemy.exc import IntegrityError

from agor_core.db.connections import Reader, Writer
from agor_core.db.totals import RowChange
from agor_core.domain.storable import check
from agor_core.errors import Conflict, NotFound
from agor_core.ids import SHORT_LENGTH
from agor_core.repositories.mapping import UPDATED_AT, RecordMapping

R = TypeVar("R", bound=Struct)


class ShortIdTaken(Conflict):
    """Another record has this short id; the caller makes a new id."""


def lookup(reader: Reader, mapping: RecordMapping[R], identifier: str | int, *, lock: bool = False) -> R | None:
    """The record with a full id, or None; ``lock`` locks its row until the commit."""
    statement = mapping.by_id_locked if lock else mapping.by_id
    row = reader.execute(statement, {"id": identifier}).one_or_none()
    return None if row is None else mapping.decode(row)


def get(reader: Reader, mapping: RecordMapping[R], identifier: str | int, *, lock: bool = False) -> R:
    """The record with a full id. Raises NotFound."""
    record = lookup(reader, mapping, identifier, lock=lock)
    if record is None:
        raise NotFound(mapping.kind, str(identifier))
    return record


def matching(
    reader: Reader,
    mapping: RecordMapping[R],
    *conditions: ColumnElement[bool],
    order: Iterable[Any] = (),
    limit: int | None = None,
    lock: bool = False,
) -> list[R]:
    """The records that meet all conditions; ``lock`` locks their rows until the commit."""
    statement = select(*mapping.selection).where(*conditions).order_by(*order).limit(limit)
    if lock:
        statement = statement.with_for_update()
    return [mapping.decode(row) for row in reader.execute(statement).all()]


def insert_record(writer: Writer, mapping: RecordMapping[R], record: R) -> R:
    """Insert a record and note the change. Raises Conflict for an id that is taken, and ShortIdTaken."""
    stored = insert_new(writer, mapping, record)
    if stored is None:
        raise Conflict(f"There is another {mapping.kind} with the id {mapping.values(record)[mapping.identity.name]}.")
    return stored


def insert_new(writer: Writer, mapping: RecordMapping[R], record: R) -> R | None:
    """Insert a record and note the change; None if its id is taken.

    A short id that is longer than usual, as for an id that a client made, is cut to the usual length if that is free.
    Raises ShortIdTaken, and InvalidInput for values that no store can hold.
    """
    check(record)
    values = mapping.values(record)
    usual = values.get("short_id", "")[:SHORT_LENGTH]
    if usual != values.get("short_id", "") and not taken(writer, mapping, short_id=usual):
        record = msgspec.structs.replace(record, short_id=usual)
        values["short_id"] = usual
    try:
        if writer.run(mapping.insertion, values) != 1:
            return None
    except IntegrityError as error:
        if "short_id" in str(error.orig):  # the column on SQLite, the constraint's name on PostgreSQL
            raise ShortIdTaken(f"Another {mapping.kind} has the short id {values['short_id']}.") from error
        raise
    stored = mapping.stored(record)
    row = RowChange(None, mapping.row_values(values))
    writer.changed(mapping.service, "created", values[mapping.identity.name], stored, row)
    return stored


def insert_numbered(writer: Writer, mapping: RecordMapping[R], record: R) -> R:
    """Insert a record under the number that the database gives it, and note the change."""
    check(record)
    values = mapping.values(record)
    name = mapping.identity.name
    values[name] = writer.value(mapping.numbering, {key: value for key, value in values.items() if key != name})
    stored = mapping.stored(msgspec.structs.replace(record, **{mapping.identity_path: values[name]}))
    writer.changed(mapping.service, "created", str(values[name]), stored, RowChange(None, mapping.row_values(values)))
    return stored


def exists(reader: Reader, mapping: RecordMapping[Any], identifier: str) -> bool:
    """Whether a record with this full id exists."""
    return taken(reader, mapping, **{mapping.identity.name: identifier})


def taken(reader: Reader, mapping: RecordMapping[Any], *, but: str | None = None, **values: str) -> bool:
    """Whether a record, other than the one with the id ``but``, has these values in its columns."""
    names = tuple(values) if but is None else (*values, "but")
    return reader.execute(_taken(mapping, names), values if but is None else {**values, "but": but}).first() is not None


@lru_cache(maxsize=256)
def _taken(mapping: RecordMapping[Any], names: tuple[str, ...]) -> Select[Any]:
    """A cached statement, as composing it takes longer than running it."""
    conditions = [
        mapping.identity != bindparam("but") if name == "but" else mapping.table.c[name] == bindparam(name)
        for name in names
    ]
    return select(mapping.identity).where(*conditions).limit(1)


def update_record(
    writer: Writer, mapping: RecordMapping[R], old: R, new: R, *, event: str = "patched", stamp: bool = True
) -> R:
    """Update the columns that differ between two states of a record and note the change, if any differ.

    Sets ``updated_at`` to the time of the unit of work, unless without ``stamp``. Raises InvalidInput for values that
    no store can hold.
    """
    check(new)
    before, values = mapping.values(old), mapping.values(new)
    if mapping.stamped:
        values[UPDATED_AT] = before[UPDATED_AT]
    differing = {name: value for name, value in values.items() if before[name] != value}
    if differing and mapping.stamped and stamp:
        values[UPDATED_AT] = differing[UPDATED_AT] = writer.at
    if mapping.stamped:
        new = msgspec.structs.replace(new, **{UPDATED_AT: values[UPDATED_AT]})
    stored = mapping.stored(new)
    if differing:
        identifier = values[mapping.identity.name]
        writer.run(mapping.updating(frozenset(differing)), {**differing, "id_": identifier})
        row = RowChange(mapping.row_values(before), mapping.row_values(values))
        writer.changed(mapping.service, event, str(identifier), stored, row)
    return stored


def delete_record(writer: Writer, mapping: RecordMapping[R], record: R) -> R:
    """Delete a record and note the change."""
    identifier = getattr(record, mapping.identity.name)
    writer.execute(delete(mapping.table).where(mapping.identity == identifier))
    stored = mapping.stored(record)
    row = RowChange(mapping.row_values(mapping.values(record)), None)
    writer.changed(mapping.service, "removed", str(identifier), stored, row)
    return stored


def delete_all(writer: Writer, mapping: RecordMapping[Any], condition: ColumnElement[bool]) -> None:
    """Delete all records that meet a condition and note each change."""
    gone = matching(writer, mapping, condition, order=[mapping.identity])
    if gone:
        writer.execute(delete(mapping.table).where(condition))
    for record in gone:
        writer.changed(mapping.service, "removed", getattr(record, mapping.identity.name), mapping.stored(record))
