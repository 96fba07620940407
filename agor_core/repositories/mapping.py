"""Maps records to rows and back: a record's JSON is its row's columns, nested, with the stored rest spliced in.

All rows are read as that JSON: lists return it encoded, and single records are decoded from it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any, Generic, TypeVar, cast

import msgspec
from msgspec import Raw, Struct
from sqlalchemy import Boolean, Column, ColumnElement, Float, ForeignKey, Integer, Row, Table, bindparam, select, update
from sqlalchemy.types import TypeEngine

from agor_core.db.prepared import Prepared, insertion_of_new, insertion_of_numbered
from agor_core.db.tables import JSON
from agor_core.db.totals import RowValues
from agor_core.query.fields import Field, Fields, FieldType

R = TypeVar("R", bound=Struct)
REST = "data"
UPDATED_AT = "updated_at"
Values = dict[str, Any]
Encode = Callable[[Sequence[Any]], bytes]
Take = tuple[Callable[..., Any], slice]
"""The function that makes a field's value, and the part of a row that it takes."""

_encoder = msgspec.json.Encoder()
_pieces = msgspec.json.Decoder(dict[str, Raw])


class RecordMapping(Generic[R]):
    """The mapping between one type of record and its table, which may be any.

    A column's field is its ``info["path"]``, by default its own name; fields without a column are JSON in ``data``.
    ``derived`` fields are in no row; a select computes those in ``computed``. Raises ValueError for a field that is
    partly in columns and partly in ``data``.
    """

    def __init__(
        self,
        record: type[R],
        table: Table,
        *,
        service: str,
        kind: str,
        title: Callable[[R], str | None],
        derived: Iterable[str] = (),
        computed: Mapping[str, ColumnElement[Any]] | None = None,
    ) -> None:
        self.record = record
        self.table = table
        self.service = service
        self.kind = kind
        self.title = title
        self.identity = cast("Column[str]", next(iter(table.primary_key)))
        self.columns: dict[str, Column[Any]] = {_path(c): c for c in table.c if c.name != REST}
        self.identity_path = _path(self.identity)
        self.numbered = isinstance(self.identity.type, Integer)
        """Whether the database numbers the records; their ids are UUIDs otherwise."""
        self.stamped = UPDATED_AT in table.c
        """Whether its records have ``updated_at``."""
        self._holders = [(column.name, attrgetter(path)) for path, column in self.columns.items()]
        self._json = [column.name for column in self.columns.values() if JSON in column.info]
        self._asked = [(path, column.name) for path, column in self.columns.items() if JSON not in column.info]
        self.derived = frozenset(derived)
        self._computed = dict(computed or {})
        self._rest = tuple(name for name in record.__struct_fields__ if self._is_rest(name))
        self._check()
        self._rest_record = cast("Callable[..., Struct]", msgspec.defstruct("Rest", [(n, Any) for n in self._rest]))
        self._decoder = msgspec.json.Decoder(record)
        self.shape = lru_cache(maxsize=64)(self._shape)
        """The columns to select for some top-level fields (None: all), and the encoder of such a row."""
        self.selection, self._encode_whole = self.shape(None)
        self.by_id = select(*self.selection).where(self.identity == bindparam("id"))
        self.by_id_locked = self.by_id.with_for_update()
        self.insertion = insertion_of_new(table)
        self.numbering = insertion_of_numbered(table)
        self.updating = lru_cache(maxsize=64)(self._updating)
        """The statement that updates some columns of the row with the id ``id_``."""

    def fields(self) -> Fields:
        """The fields that filter and sort: every column but those that hold JSON."""
        identity = self.identity_path
        paths = sorted(self.columns, key=lambda path: path != identity)
        return Fields(self.record, [self._field(self.columns[p]) for p in paths if JSON not in self.columns[p].info])

    def values(self, record: R) -> Values:
        """A record as values of its columns."""
        values: Values = {name: held(record) for name, held in self._holders}
        for name in self._json:
            if values[name] is not None:
                values[name] = _encoder.encode(values[name]).decode()
        if self._rest:
            rest = self._rest_record(*[getattr(record, name) for name in self._rest])
            values[REST] = _encoder.encode(rest).decode()
        return values

    def row_values(self, values: Values) -> RowValues:
        """The values of a row's filterable columns, by their paths."""
        return {path: values[name] for path, name in self._asked}

    def encode(self, row: Row[Any]) -> bytes:
        """A row of ``selection`` as the record's JSON."""
        return self._encode_whole(row)

    def decode(self, row: Sequence[Any]) -> R:
        """A row of ``selection`` as the record."""
        return self._decoder.decode(self._encode_whole(row))

    def stored(self, record: R) -> R:
        """A record without its derived fields, as the feed shows it."""
        unset = {name: msgspec.UNSET for name in self.derived - self._computed.keys() if "." not in name}
        return msgspec.structs.replace(record, **unset) if unset else record

    def _updating(self, columns: frozenset[str]) -> Prepared:
        return Prepared(update(self.table).where(self.identity == bindparam("id_")), sorted(columns))

    def _shape(self, wanted: frozenset[str] | None) -> tuple[tuple[ColumnElement[Any], ...], Encode]:
        """Plain columns come first, so that the beginning of a row is copied in one step."""
        fields = [n for n in self.record.__struct_fields__ if n not in self._rest and (wanted is None or n in wanted)]
        plain = {name: column for name in fields if (column := self._plain(name)) is not None}
        chosen: list[ColumnElement[Any]] = list(plain.values())
        takes: dict[str, Take] = {}
        for name in fields:
            if name in plain:
                continue
            if columns := [c for path, c in self.columns.items() if path.startswith(f"{name}.")]:
                takes[name] = _group(name, columns), slice(len(chosen), len(chosen) + len(columns))
                chosen += columns
            elif (column := self.columns.get(name)) is not None:
                takes[name] = _json, slice(len(chosen), len(chosen) + 1)
                chosen.append(column)
        rest = self._rest if wanted is None else tuple(name for name in self._rest if name in wanted)
        if rest:
            chosen.append(self.table.c[REST])
        return tuple(chosen), _encode(list(plain), takes, rest, whole=wanted is None)

    def _plain(self, name: str) -> ColumnElement[Any] | None:
        """The column whose value is the field's value unchanged; None if there is none."""
        if name in self._computed:
            return self._computed[name]
        column = self.columns.get(name)
        return None if column is None or JSON in column.info else column

    def _is_rest(self, name: str) -> bool:
        return name not in self.derived and not any(p == name or p.startswith(f"{name}.") for p in self.columns)

    def _field(self, column: "Column[Any]") -> Field:
        refers_to = next((key.column.table.name for key in column.foreign_keys if _is_for(key, column)), None)
        if column is self.identity and not self.numbered:
            refers_to = self.service
        return Field(_path(column), _type(column, refers_to), bool(column.nullable), refers_to)

    def _check(self) -> None:
        if self._rest and REST not in self.table.c:
            raise ValueError(f"{self.table.name} has no column for {', '.join(self._rest)}, and none for the rest")
        known = Fields(self.record, [self._field(column) for column in self.columns.values()]).selectable
        for path in known:
            group, _, _ = path.rpartition(".")
            split = group and any(p.startswith(f"{group}.") for p in self.columns)
            if split and path not in self.columns and path not in self.derived:
                raise ValueError(f"{self.record.__name__}.{path} is in no column, though others of {group} are")


def _path(column: "Column[Any]") -> str:
    """The field of the record that a column holds."""
    return str(column.info.get("path", column.name))


def _is_for(key: ForeignKey, column: "Column[Any]") -> bool:
    """Whether this column is the last of a constraint's columns, which is the one that refers to a record."""
    return key.constraint is not None and list(key.constraint.columns)[-1] is column


def _type(column: "Column[Any]", refers_to: str | None) -> FieldType:
    kind: TypeEngine[Any] = column.type
    if refers_to is not None:
        return FieldType.ID
    if isinstance(kind, Boolean):
        return FieldType.BOOLEAN
    if isinstance(kind, Float):
        return FieldType.NUMBER
    if isinstance(kind, Integer):
        return FieldType.INTEGER
    return FieldType.TIME if column.name.endswith("_at") else FieldType.TEXT


def _group(name: str, columns: "list[Column[Any]]") -> Callable[..., Struct]:
    return _shell(name.title(), [column.info["path"].rpartition(".")[2] for column in columns])


def _json(text: str | None) -> Raw | None:
    return None if text is None else Raw(text)


def _shell(name: str, fields: Iterable[str]) -> Callable[..., Struct]:
    """A record type with fields of any type, only for encoding; the garbage collector need not track it."""
    return cast("Callable[..., Struct]", msgspec.defstruct(name, [(field, Any) for field in fields], gc=False))


def _encode(plain: list[str], takes: dict[str, Take], rest: tuple[str, ...], *, whole: bool) -> Encode:
    head = _shell("Head", (*plain, *takes))
    first = slice(len(plain))
    others = tuple(takes.values())
    encode = _encoder.encode

    def columns_only(row: Sequence[Any]) -> bytes:
        return encode(head(*row[first], *[make(*row[part]) for make, part in others]))

    def spliced(row: Sequence[Any]) -> bytes:  # as above, without a call: most rows of most lists come through here
        columns = encode(head(*row[first], *[make(*row[part]) for make, part in others]))
        return b"%b,%b" % (columns[:-1], row[-1][1:].encode())

    def picked(row: Sequence[Any]) -> bytes:
        stored = _pieces.decode(row[-1])
        pieces = {name: stored[name] for name in rest if name in stored}
        return b"%b,%b" % (columns_only(row)[:-1], encode(pieces)[1:]) if pieces else columns_only(row)

    if not rest:
        return columns_only
    return spliced if whole else picked
