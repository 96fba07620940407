"""The full-text index: an entry for each text, found newest first. FTS5 on SQLite, a ``tsvector`` on PostgreSQL.

An entry's number begins with the time of its record, so that the order of numbers is the order of times. Both indexes
get the words of :mod:`agor_core.db.search_words` and split them at spaces only.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Row, TextClause, bindparam, delete, func, insert, select, text, update

from agor_core.clock import parse_timestamp
from agor_core.db.connections import Reader, Writer
from agor_core.db.tables import search_entries

IN_A_MILLISECOND = 12
"""Bits of an entry's number that tell entries of one millisecond apart."""

DEFINITIONS = {
    "sqlite": "CREATE VIRTUAL TABLE search_words USING fts5(words, content='search_entries', content_rowid='entry',"
    " detail=none, columnsize=0, tokenize=\"ascii tokenchars '_'\")",
    "postgresql": "CREATE INDEX ix_search_entries_words ON search_entries"
    " USING gin (array_to_tsvector(string_to_array(words, ' ')))",
}
"""The definitions of the index for each kind of database, as its migration made them."""

_entries = search_entries.c
_STORED = select(_entries.entry, _entries.words).where(
    _entries.service == bindparam("service"), _entries.id == bindparam("id")
)
_LAST_OF = select(func.max(_entries.entry)).where(
    _entries.entry >= bindparam("first"), _entries.entry < bindparam("end")
)
_INSERT = insert(search_entries)
_UPDATE = update(search_entries).where(_entries.entry == bindparam("number"))
_DELETE = delete(search_entries).where(_entries.entry == bindparam("number"))
_FTS_INSERT = text("INSERT INTO search_words (rowid, words) VALUES (:entry, :words)")
_FTS_DELETE = text("INSERT INTO search_words (search_words, rowid, words) VALUES ('delete', :entry, :words)")
_FTS_CLEAR = text("INSERT INTO search_words (search_words) VALUES ('delete-all')")

_FROM = {
    # CROSS JOIN keeps the order of the tables: by words first, newest first, until there are enough.
    "sqlite": "FROM search_words CROSS JOIN search_entries e ON e.entry = search_words.rowid"
    " CROSS JOIN sessions s ON s.session_id = e.session_id WHERE search_words MATCH :words",
    "postgresql": "FROM search_entries e JOIN sessions s ON s.session_id = e.session_id"
    " WHERE array_to_tsvector(string_to_array(e.words, ' ')) @@ CAST(:words AS tsquery)",
}
LEAST_BEGUN = 3
"""Letters from which a word may be the beginning of one: all words that begin so are merged for each search."""

_TIMES = {"since": ">=", "until": "<"}
_ORDER = {"sqlite": "search_words.rowid", "postgresql": "e.entry"}


def put(writer: Writer, service: str, identifier: str, session_id: str, at: str, words: Sequence[str]) -> None:
    """Set the words of a record's entry; ``at`` is the record's timestamp."""
    joined = " ".join(words)
    stored = writer.execute(_STORED, {"service": service, "id": identifier}).one_or_none()
    if stored is not None and stored.words == joined:
        return
    if stored is None:
        entry = _free_number(writer, at)
        values = {"service": service, "id": identifier, "session_id": session_id, "words": joined}
        writer.execute(_INSERT, {"entry": entry, **values})
    else:
        entry = stored.entry
        writer.execute(_UPDATE, {"number": entry, "words": joined})
    if writer.dialect == "sqlite":
        if stored is not None:
            writer.execute(_FTS_DELETE, {"entry": entry, "words": stored.words})
        writer.execute(_FTS_INSERT, {"entry": entry, "words": joined})


def drop(writer: Writer, service: str, identifier: str) -> None:
    """Delete the entry of a record, if it has one."""
    stored = writer.execute(_STORED, {"service": service, "id": identifier}).one_or_none()
    if stored is None:
        return
    if writer.dialect == "sqlite":
        writer.execute(_FTS_DELETE, {"entry": stored.entry, "words": stored.words})
    writer.execute(_DELETE, {"number": stored.entry})


def clear(writer: Writer) -> None:
    """Delete all entries."""
    writer.execute(delete(search_entries))
    if writer.dialect == "sqlite":
        writer.execute(_FTS_CLEAR)


def find(
    reader: Reader,
    words: Sequence[str],
    *,
    limit: int,
    begun: bool = False,
    since: str | None = None,
    until: str | None = None,
    of_session: Mapping[str, str | bool] | None = None,
) -> Sequence[Row[tuple[str, str, str]]]:
    """Service, id and session of the records that hold all the words, newest first, without archived sessions.

    ``begun``: the last word may be the beginning of one, from LEAST_BEGUN letters on. ``since`` and ``until`` are
    timestamps of records; ``of_session`` the required values of columns of the session.
    """
    of_session = of_session or {}
    times = {name: _number(at) for name, at in (("since", since), ("until", until)) if at is not None}
    asked = _asked(reader.dialect, words, begun=begun and len(words[-1]) >= LEAST_BEGUN)
    return reader.execute(
        statement(reader.dialect, tuple(of_session), tuple(times)),
        {"words": asked, "limit": limit, **of_session, **times},
    ).all()


def statement(dialect: str, columns: tuple[str, ...], times: tuple[str, ...] = ()) -> TextClause:
    """The statement of a search with conditions on these columns of the session, and on the time."""
    conditions = "".join(f" AND s.{column} = :{column}" for column in columns)
    conditions += "".join(f" AND {_ORDER[dialect]} {_TIMES[name]} :{name}" for name in times)
    return text(
        f"SELECT e.service, e.id, e.session_id {_FROM[dialect]} AND s.archived_at IS NULL{conditions}"
        f" ORDER BY {_ORDER[dialect]} DESC LIMIT :limit"
    )


def _asked(dialect: str, words: Sequence[str], *, begun: bool) -> str:
    """A full-text query for all of the words; each is quoted, so that none is an operator."""
    if dialect == "sqlite":
        return " ".join(f'"{word}"' for word in words) + ("*" if begun else "")
    return " & ".join(f"'{word}'" for word in words) + (":*" if begun else "")


def _number(at: str) -> int:
    """The first number of entries of a time."""
    return int(parse_timestamp(at).timestamp() * 1000) << IN_A_MILLISECOND


def _free_number(writer: Writer, at: str) -> int:
    first = _number(at)
    while True:
        end = first + (1 << IN_A_MILLISECOND)
        last: int | None = writer.execute(_LAST_OF, {"first": first, "end": end}).scalar_one()
        if last is None:
            return first
        if last + 1 < end:
            return last + 1
        first = end
