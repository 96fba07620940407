"""The parser: everything that may be asked, and one clear error for everything that may not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agor_core.errors import InvalidInput
from agor_core.query.parser import MAX_DEPTH, MAX_NODES, MAX_VALUES, parse
from agor_core.query.query_string import parse_pairs
from agor_core.query.tree import EVERYTHING, All, Among, AnyOf, Compare, Comparison, Node, Query, Unresolved
from tests.builders.queries import FIELDS, as_pairs, queries, raw

ID = "01900000-0000-7000-8000-0000000000ab"


def where(asked: dict[str, Any]) -> Node:
    return parse(asked, FIELDS).where


def refused(asked: Any, **options: int) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        parse(asked, FIELDS, **options)
    return caught.value


def test_an_empty_query_is_everything_in_pages() -> None:
    assert parse({}, FIELDS, default_limit=7) == Query(where=EVERYTHING, limit=7, skip=0, total=True)


@pytest.mark.parametrize(
    ("asked", "node"),
    [
        ({"status": "running"}, Compare("status", Comparison.EQ, "running")),
        ({"status": {"$ne": "a"}}, Compare("status", Comparison.NE, "a")),
        ({"count": {"$lt": 1}}, Compare("count", Comparison.LT, 1)),
        ({"count": {"$lte": "1"}}, Compare("count", Comparison.LTE, 1)),
        ({"count": {"$gt": -1}}, Compare("count", Comparison.GT, -1)),
        ({"count": {"$gte": "-1"}}, Compare("count", Comparison.GTE, -1)),
        ({"status": {"$in": ["a", "b", "a"]}}, Among("status", ("a", "b"))),
        ({"status": {"$nin": ["a"]}}, Among("status", ("a",), negated=True)),
        ({"status": {"$in": "a"}}, Among("status", ("a",))),
        ({"status": {"$in": []}}, Among("status", ())),
        ({"title": {"$in": [None, "null", "", "x"]}}, Among("title", (None, "x"))),
        ({"place.name": "x"}, Compare("place.name", Comparison.EQ, "x")),
        ({"place": {"name": "x"}}, Compare("place.name", Comparison.EQ, "x")),
        ({"place": {"name": {"$ne": None}}}, Compare("place.name", Comparison.NE, None)),
        (
            {"count": {"$gte": 1, "$lt": 5}},
            All((Compare("count", Comparison.GTE, 1), Compare("count", Comparison.LT, 5))),
        ),
        (
            {"place": {"name": "x", "repo_id": ID}},
            All((Compare("place.name", Comparison.EQ, "x"), Compare("place.repo_id", Comparison.EQ, ID))),
        ),
        (
            {"$or": [{"status": "a"}, {"$and": [{"count": 1}, {"done": True}]}], "note": "x"},
            All(
                (
                    AnyOf(
                        (
                            Compare("status", Comparison.EQ, "a"),
                            All((Compare("count", Comparison.EQ, 1), Compare("done", Comparison.EQ, True))),
                        )
                    ),
                    Compare("note", Comparison.EQ, "x"),
                )
            ),
        ),
        ({"$or": [{}]}, AnyOf((EVERYTHING,))),
    ],
)
def test_conditions(asked: dict[str, Any], node: Node) -> None:
    assert where(asked) == node


@pytest.mark.parametrize(
    ("given", "held"),
    [
        (ID, ID),
        (ID.upper(), ID),
        (ID.replace("-", ""), ID),
        (f" {ID} ", ID),
        ("abcd1234", Unresolved("specimens", "abcd1234")),
        (" My-Slug ", Unresolved("specimens", "My-Slug")),
    ],
)
def test_full_ids_take_their_stored_form_and_others_wait_to_be_resolved(given: str, held: str | Unresolved) -> None:
    assert where({"parent_id": given}) == Compare("parent_id", Comparison.EQ, held)


@pytest.mark.parametrize("name", ["parent_id", "archived_at", "size", "score", "flagged", "title", "place.name"])
@pytest.mark.parametrize("null", [None, "null", ""])
def test_null_on_a_field_that_may_be_null(name: str, null: str | None) -> None:
    assert where({name: null}) == Compare(name, Comparison.EQ, None)


def test_null_as_text_is_text_on_a_field_that_is_never_null() -> None:
    assert where({"note": "null"}) == Compare("note", Comparison.EQ, "null")
    assert where({"note": ""}) == Compare("note", Comparison.EQ, "")


def test_select_sort_limit_skip_total() -> None:
    asked = {
        "$select": ["title", "extra", "place.name", "title"],
        "$sort": {"created_at": "-1", "place": {"name": 1}, "place.repo_id": -1},
        "$limit": "5",
        "$skip": 10,
        "$total": "false",
    }
    assert parse(asked, FIELDS) == Query(
        select=("title", "extra", "place.name"),
        sort=(("created_at", False), ("place.name", True), ("place.repo_id", False)),
        limit=5,
        skip=10,
        total=False,
    )


def test_a_limit_is_lowered_to_the_greatest_and_zero_counts() -> None:
    assert parse({"$limit": "999999"}, FIELDS, max_limit=50).limit == 50
    assert parse({}, FIELDS, default_limit=100, max_limit=50).limit == 50
    assert parse({"$limit": "0"}, FIELDS).limit == 0


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ({"status": {"$foo": 1}}, "status.$foo"),
        ({"status": {"$regex": "x"}}, "status.$regex"),
        ({"status": {"$eq": "x"}}, "status.$eq"),
        ({"status": {"$or": [{}]}}, "status.$or"),
        ({"status": {"foo": 1}}, "status.foo"),
        ({"status": {}}, "status"),
        ({"statuz": 1}, "statuz"),
        ({"extra": "x"}, "extra"),
        ({"place": "x"}, "place"),
        ({"place": {}}, "place"),
        ({"place": {"$ne": "x"}}, "place.$ne"),
        ({"place": {"foo": 1}}, "place.foo"),
        ({"place": {"name": {"deep": 1}}}, "place.name.deep"),
        ({"foo": {"bar": {"baz": 1}}}, "foo"),
        ({"": 1}, ""),
        ({"$not": []}, "$not"),
        ({"$where": "1"}, "$where"),
        ({"$or": []}, "$or"),
        ({"$or": {"status": "a"}}, "$or"),
        ({"$and": "x"}, "$and"),
        ({"$or": [{"status": "a"}, {"status": {"$foo": 1}}]}, "$or[1].status.$foo"),
        ({"$or": [1]}, "$or[0]"),
        ({"$or": [{"$limit": 1}]}, "$or[0].$limit"),
        ({"status": 5}, "status"),
        ({"status": None}, "status"),
        ({"status": {"$ne": None}}, "status.$ne"),
        ({"status": ["a", "b"]}, "status"),
        ({"status": {"$ne": ["a"]}}, "status.$ne"),
        ({"status": {"$in": [["a"]]}}, "status.$in[0]"),
        ({"status": {"$in": {"a": "b"}}}, "status.$in[0]"),
        ({"count": "x"}, "count"),
        ({"count": "1.5"}, "count"),
        ({"count": 1.5}, "count"),
        ({"count": True}, "count"),
        ({"count": ""}, "count"),
        ({"count": "٣"}, "count"),
        ({"count": 2**63}, "count"),
        ({"count": str(2**63)}, "count"),
        ({"count": -(2**63) - 1}, "count"),
        ({"count": "9" * 5000}, "count"),
        ({"score": "x"}, "score"),
        ({"score": "nan"}, "score"),
        ({"score": "1e999"}, "score"),
        ({"score": float("inf")}, "score"),
        ({"score": 10**400}, "score"),
        ({"score": True}, "score"),
        ({"done": "yes"}, "done"),
        ({"done": 1}, "done"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"created_at": "0001-01-01T00:00:00+12:00"}, "created_at"),
        ({"created_at": 5}, "created_at"),
        ({"parent_id": {"$ne": 5}}, "parent_id.$ne"),
        ({"specimen_id": "  "}, "specimen_id"),
        ({"archived_at": {"$lt": None}}, "archived_at.$lt"),
        ({"archived_at": {"$gte": "null"}}, "archived_at.$gte"),
        ({"title": {"$gt": None}}, "title.$gt"),
        ({"done": {"$lt": True}}, "done.$lt"),
        ({"status": "a\x00b"}, "status"),
        ({"status": "\ud800"}, "status"),
        ({"parent_id": "\udfff"}, "parent_id"),
        ({"$limit": -1}, "$limit"),
        ({"$limit": "x"}, "$limit"),
        ({"$limit": None}, "$limit"),
        ({"$limit": True}, "$limit"),
        ({"$limit": 2**63}, "$limit"),
        ({"$limit": ["5", "6"]}, "$limit"),
        ({"$skip": -1}, "$skip"),
        ({"$skip": "1.5"}, "$skip"),
        ({"$after": 5}, "$after"),
        ({"$after": " "}, "$after"),
        ({"$before": None}, "$before"),
        ({"$before": [ID, ID]}, "$before"),
        ({"$after": ID, "$before": ID}, "$before"),
        ({"$after": ID, "$skip": 1}, "$after"),
        ({"$before": ID, "$skip": "7"}, "$before"),
        ({"$total": "maybe"}, "$total"),
        ({"$total": ["false"]}, "$total"),
        ({"$sort": "created_at"}, "$sort"),
        ({"$sort": {"created_at": 2}}, "$sort.created_at"),
        ({"$sort": {"created_at": True}}, "$sort.created_at"),
        ({"$sort": {"created_at": ["1", "-1"]}}, "$sort.created_at"),
        ({"$sort": {"foo": 1}}, "$sort.foo"),
        ({"$sort": {"extra": 1}}, "$sort.extra"),
        ({"$sort": {"place": 1}}, "$sort.place"),
        ({"$sort": {"place": {"foo": 1}}}, "$sort.place.foo"),
        ({"$select": "foo"}, "$select"),
        ({"$select": [5]}, "$select"),
        ({"$select": {"title": 1}}, "$select"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(asked: dict[str, Any], place: str) -> None:
    error = refused(asked)
    assert error.place == place
    assert str(error).startswith(place)


def test_an_unknown_field_or_operator_says_what_there_is() -> None:
    assert str(refused({"statuz": 1})) == (
        "statuz: 'statuz' is no field; did you mean status? All fields are in /openapi.json."
    )
    assert "did you mean place.name" in str(refused({"name": 1}))
    assert "did you mean status?" in str(refused({"$sort": {"statis": 1}}))
    assert "did you mean extra?" in str(refused({"$select": ["exra"]}))
    assert str(refused({"qqq": 1})) == "qqq: 'qqq' is no field. All fields are in /openapi.json."
    assert "cannot be filtered or sorted by" in str(refused({"extra": 1}))
    assert "place.repo_id, place.name, place.side" in str(refused({"place": "x"}))
    assert "$ne, $lt, $lte, $gt, $gte, $in, $nin" in str(refused({"status": {"$foo": 1}}))


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ({"mood": "bogus"}, "mood"),
        ({"mood": "calm,wild"}, "mood"),
        ({"mood": "Calm"}, "mood"),
        ({"mood": ""}, "mood"),
        ({"mood": 5}, "mood"),
        ({"mood": {"$ne": "bogus"}}, "mood.$ne"),
        ({"mood": {"$in": "calm,wild"}}, "mood.$in[0]"),
        ({"mood": {"$in": ["calm", "bogus"]}}, "mood.$in[1]"),
        ({"mood": {"$nin": ["bogus"]}}, "mood.$nin[0]"),
        ({"mood": {"$gt": "bogus"}}, "mood.$gt"),
        ({"$or": [{"mood": "bogus"}]}, "$or[0].mood"),
    ],
)
def test_what_is_none_of_a_closed_set_is_refused_with_all_of_it(asked: dict[str, Any], place: str) -> None:
    error = refused(asked)
    assert error.place == place
    assert str(error).startswith(f"{place}: must be one of calm, wild, not ")


def test_a_closed_set_may_have_null_beside_it() -> None:
    assert where({"place.side": "null"}) == Compare("place.side", Comparison.EQ, None)
    assert where({"place.side": {"$in": ["left", None]}}) == Among("place.side", ("left", None))
    assert "must be one of left, right, not 'up'" in str(refused({"place.side": "up"}))


def test_numbers_of_too_many_digits_to_write_are_refused() -> None:
    for name in ("count", "score", "status", "done"):
        assert refused({name: 10**5000}).place == name


def test_a_query_is_an_object() -> None:
    assert refused([]).place is None


def nested(depth: int) -> dict[str, Any]:
    asked: dict[str, Any] = {"status": "a"}
    for level in range(depth):
        asked = {"$or" if level % 2 else "$and": [asked]}
    return asked


def test_nesting_is_bounded() -> None:
    parse(nested(MAX_DEPTH), FIELDS)
    assert "nested" in str(refused(nested(MAX_DEPTH + 1)))
    assert "nested" in str(refused(nested(500)))


def test_the_number_of_conditions_is_bounded_also_of_empty_ones() -> None:
    parse({"$or": [{"status": "a"}] * (MAX_NODES - 1)}, FIELDS)
    assert "conditions" in str(refused({"$or": [{"status": "a"}] * MAX_NODES}))
    assert "conditions" in str(refused({"$or": [{}] * MAX_NODES}))


def test_the_number_of_listed_values_is_bounded_over_the_whole_query() -> None:
    parse({"count": {"$in": list(range(MAX_VALUES))}}, FIELDS)
    assert refused({"count": {"$in": list(range(MAX_VALUES + 1))}}).place == "count.$in"
    half = list(range(MAX_VALUES // 2 + 1))
    assert "values" in str(refused({"count": {"$in": half}, "size": {"$nin": half}}))


@given(queries())
def test_what_is_written_is_read_again(query: Query) -> None:
    assert parse(raw(query), FIELDS) == query


@given(queries(empties=False))
def test_what_is_written_as_a_query_string_is_read_again(query: Query) -> None:
    assert parse(parse_pairs(as_pairs(raw(query))), FIELDS) == query


_names = st.sampled_from(
    [
        *FIELDS,
        *sorted(FIELDS.selectable),
        "$or",
        "$and",
        "$in",
        "$nin",
        "$ne",
        "$lt",
        "$gte",
        "$sort",
        "$select",
        "$limit",
        "$skip",
        "$total",
        "$after",
        "$before",
        "$not",
        "place",
        "name",
        "statuz",
        "",
        "$",
        ".",
        "place.",
        "\ud800",
        "\x00",
    ]
)
_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from(["null", "true", "5", "-1", "1e999", ID, "2026-01-31", "\ud800", "\x00", 10**4000, b"x", ()])
)
_anything = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_names | st.text() | st.integers(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(_names | st.text(), _anything, max_size=4))
def test_nothing_but_invalid_input_is_raised_and_it_can_be_sent(asked: dict[str, Any]) -> None:
    try:
        parse(asked, FIELDS)
    except InvalidInput as error:
        refusal = error
    else:
        return
    assert f"{refusal}{refusal.place}".isprintable()
    assert len(str(refusal)) < 1000
