"""What queries mean on records in memory; the store is held to the same."""

from typing import Any

import msgspec
import pytest
from hypothesis import given

from agor_core.errors import NotFound
from agor_core.query.fields import Field, Fields
from agor_core.query.matching import matches, ordered, page, pick, value_at
from agor_core.query.parser import parse
from agor_core.query.tree import All, Among, AnyOf, Compare, Comparison, Node, Unresolved
from tests.builders.queries import FIELDS, nodes, records


class Named(msgspec.Struct):
    """A record whose identity is no id."""

    name: str


RECORD = {
    "specimen_id": "01900000-0000-7000-8000-0000000000ab",
    "status": "running",
    "title": None,
    "count": 5,
    "score": 1.5,
    "done": False,
    "created_at": "2026-01-31T09:05:00.123Z",
    "place": {"name": "here", "repo_id": None},
    "extra": ["x"],
}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, True),
        ({"status": "running"}, True),
        ({"status": "Running"}, False),
        ({"status": {"$ne": "idle"}}, True),
        ({"title": None}, True),
        ({"title": {"$ne": None}}, False),
        ({"title": {"$ne": "x"}}, True),
        ({"title": {"$in": ["x"]}}, False),
        ({"title": {"$in": ["x", None]}}, True),
        ({"title": {"$nin": ["x"]}}, True),
        ({"title": {"$nin": ["x", None]}}, False),
        ({"title": {"$lt": "x"}}, False),
        ({"title": {"$gte": "a"}}, False),
        ({"status": {"$in": []}}, False),
        ({"status": {"$nin": []}}, True),
        ({"count": {"$gt": 4, "$lt": 6}}, True),
        ({"count": {"$gt": 5}}, False),
        ({"count": {"$gte": 5, "$lte": 5}}, True),
        ({"score": {"$lte": 1.5}}, True),
        ({"done": "false"}, True),
        ({"created_at": {"$lt": "2026-02-01"}}, True),
        ({"created_at": "2026-01-31T10:05:00.123+01:00"}, True),
        ({"status": {"$gt": "Z"}}, True),
        ({"place.name": "here"}, True),
        ({"place": {"repo_id": None}}, True),
        ({"parent_id": None}, True),
        ({"$or": [{"status": "idle"}, {"count": 5}]}, True),
        ({"$or": [{"status": "idle"}, {"count": 6}]}, False),
        ({"$and": [{"status": "running"}, {"count": 6}]}, False),
    ],
)
def test_meaning(asked: dict[str, Any], expected: bool) -> None:
    assert matches(parse(asked, FIELDS).where, RECORD) is expected


def test_text_compares_by_code_point() -> None:
    assert matches(Compare("title", Comparison.GT, "\uffee"), {"title": "😀"})
    assert matches(Compare("title", Comparison.LT, "a"), {"title": "B"})


def test_groups_without_parts() -> None:
    assert matches(All(()), RECORD)
    assert not matches(AnyOf(()), RECORD)


@pytest.mark.parametrize(
    "node", [Compare("a", Comparison.EQ, Unresolved("x", "y")), Among("a", (Unresolved("x", "y"),))]
)
def test_an_id_that_was_not_resolved_is_a_mistake_of_ours(node: Node) -> None:
    with pytest.raises(TypeError, match="'y' was not resolved"):
        matches(node, {"a": "b"})


@given(nodes(), records())
def test_negations_are_exact_opposites(node: Node, record: dict[str, Any]) -> None:
    match node:
        case Compare(path, Comparison.EQ, value):
            opposite: Node = Compare(path, Comparison.NE, value)
        case Compare(path, Comparison.LT, value) if value_at(record, path) is not None:
            opposite = Compare(path, Comparison.GTE, value)
        case Compare(path, Comparison.LTE, value) if value_at(record, path) is not None:
            opposite = Compare(path, Comparison.GT, value)
        case Among(path, values, negated):
            opposite = Among(path, values, not negated)
        case _:
            return
    assert matches(opposite, record) is not matches(node, record)


def test_nulls_come_first_ascending_and_last_descending_and_equals_keep_their_places() -> None:
    rows: list[dict[str, Any]] = [{"n": 1, "t": 2}, {"n": 2, "t": None}, {"n": 3, "t": 1}, {"n": 4}, {"n": 5, "t": 2}]
    assert [row["n"] for row in ordered(rows, [("t", True)])] == [2, 4, 3, 1, 5]
    assert [row["n"] for row in ordered(rows, [("t", False)])] == [1, 5, 3, 2, 4]
    assert [row["n"] for row in ordered(rows, [("t", True), ("n", False)])] == [4, 2, 3, 5, 1]
    assert ordered(rows, []) == rows


def test_value_at_a_path_that_leads_nowhere_is_null() -> None:
    assert value_at(RECORD, "place.name") == "here"
    assert value_at(RECORD, "place.name.deeper") is None
    assert value_at({"place": None}, "place.name") is None
    assert value_at({}, "place.name") is None


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ([], {"status": "running"}),
        (["count", "extra"], {"status": "running", "count": 5, "extra": ["x"]}),
        (["place.name"], {"status": "running", "place": {"name": "here"}}),
        (["place.name", "place.repo_id"], {"status": "running", "place": {"name": "here", "repo_id": None}}),
        (["place", "place.name"], {"status": "running", "place": {"name": "here", "repo_id": None}}),
        (["place.name", "place"], {"status": "running", "place": {"name": "here", "repo_id": None}}),
        (["title.x"], {"status": "running", "title": None}),
        (["nowhere"], {"status": "running"}),
    ],
)
def test_pick_takes_part_of_a_record_and_its_identity(select: list[str], expected: dict[str, Any]) -> None:
    before = repr(RECORD)
    assert pick(RECORD, select, "status") == expected
    assert repr(RECORD) == before


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"$limit": 2}, [0, 1]),
        ({"$limit": 2, "$skip": 3}, [3, 4]),
        ({"$limit": 2, "$after": "b"}, [2, 3]),
        ({"$after": "e"}, []),
        ({"$limit": 2, "$before": "d"}, [1, 2]),
        ({"$limit": 2, "$before": "b"}, [0]),
        ({"$before": "a"}, []),
    ],
)
def test_a_page_begins_or_ends_at_a_record(asked: dict[str, Any], expected: list[int]) -> None:
    named = Fields(Named, [Field("name")])
    records = [{"name": name} for name in "abcde"]
    assert page(records, parse(asked, named), "name") == [records[index] for index in expected]
    with pytest.raises(NotFound):
        page(records, parse({"$after": "x"}, named), "name")
