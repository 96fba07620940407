"""Queries serve any table that is mapped: one that is none of Agor's, with a key that is no id."""

from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Boolean, Column, Float, Integer, MetaData, Table, Text, create_engine

from agor_core.db.connections import Reader, Writer
from agor_core.errors import InvalidInput, NotFound
from agor_core.query.parser import parse
from agor_core.query.query_string import parse_pairs
from agor_core.query.references import resolve_ids
from agor_core.repositories import base, listing
from agor_core.repositories.mapping import RecordMapping


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """Where a book stands."""

    room: str
    row: int | None = None


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """A book of a library."""

    isbn: str
    title: str
    price: float
    lent: bool = False
    shelf: Shelf
    tags: tuple[str, ...] = ()


books = Table(
    "books",
    MetaData(),
    Column("isbn", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("price", Float, nullable=False),
    Column("lent", Boolean, nullable=False),
    Column("room", Text, nullable=False, info={"path": "shelf.room"}),
    Column("row", Integer, info={"path": "shelf.row"}),
    Column("data", Text, nullable=False),
)
BOOKS = RecordMapping(Book, books, service="books", kind="book", title=lambda book: book.title)
FIELDS = BOOKS.fields()
LIBRARY = [
    Book(isbn="3", title="Emma", price=7.5, shelf=Shelf(room="A", row=2), tags=("novel",)),
    Book(isbn="1", title="Walden", price=9, shelf=Shelf(room="B"), lent=True),
    Book(isbn="2", title="Ulysses", price=12.25, shelf=Shelf(room="A", row=1)),
]


@pytest.fixture
def writer(tmp_path: Path) -> "object":
    engine = create_engine(f"sqlite:///{tmp_path / 'library.db'}")
    with engine.connect() as connection:
        books.create(connection)
        opened = Writer(connection, "")
        for book in LIBRARY:
            base.insert_record(opened, BOOKS, book)
        yield opened
    engine.dispose()


def asked(reader: Reader, given: str) -> list[str]:
    """The titles that a query string finds."""
    pairs = parse_pairs(pair.split("=", 1) for pair in given.split("&"))
    query = resolve_ids(parse(pairs, FIELDS), lambda service, text: text)
    page = listing.find(reader, BOOKS, query, default_sort=("title",))
    return [msgspec.json.decode(row)["title"] for row in page.data]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("lent=false", ["Emma", "Ulysses"]),
        ("$sort[price]=-1", ["Ulysses", "Walden", "Emma"]),
        ("shelf.room=A&$sort[shelf][row]=1", ["Ulysses", "Emma"]),
        ("shelf[row]=null", ["Walden"]),
        ("$or[0][price][$lt]=8&$or[1][title][$in][]=Walden", ["Emma", "Walden"]),
        ("$after=3", ["Ulysses", "Walden"]),
        ("$before=1&$limit=1&$select[]=title", ["Ulysses"]),
    ],
)
def test_it_is_asked_as_any_other(writer: Writer, query: str, titles: list[str]) -> None:
    assert asked(writer, query) == titles


def test_whole_records_come_back_and_change(writer: Writer) -> None:
    emma = base.get(writer, BOOKS, "3")
    assert emma == LIBRARY[0]
    base.update_record(writer, BOOKS, emma, msgspec.structs.replace(emma, tags=("novel", "1815"), lent=True))
    assert base.get(writer, BOOKS, "3").tags == ("novel", "1815")
    base.delete_record(writer, BOOKS, emma)
    with pytest.raises(NotFound, match="No book"):
        base.get(writer, BOOKS, "3")


def test_what_it_has_not_is_refused() -> None:
    for query in ({"tags": "novel"}, {"author": "x"}, {"price": "much"}, {"$sort": {"shelf": 1}}):
        with pytest.raises(InvalidInput):
            parse(query, FIELDS)


def test_a_table_that_cannot_hold_the_record_is_no_mapping() -> None:
    titles = Table("titles", MetaData(), Column("isbn", Text, primary_key=True))
    with pytest.raises(ValueError, match="no column for"):
        RecordMapping(Book, titles, service="titles", kind="title", title=lambda book: book.title)
