"""Query strings in bracket syntax: what the ``qs`` package sends, what people type, and what makes no sense."""

from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agor_core.errors import InvalidInput
from agor_core.query.query_string import MAX_BRACKETS, MAX_PAIRS, parse_pairs
from tests.builders.queries import as_pairs


def parsed(text: str) -> dict[str, Any]:
    return parse_pairs(parse_qsl(text, keep_blank_values=True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("status=running", {"status": "running"}),
        ("status=", {"status": ""}),
        ("$limit=0&$skip=20", {"$limit": "0", "$skip": "20"}),
        ("$sort[created_at]=-1&$sort[title]=1", {"$sort": {"created_at": "-1", "title": "1"}}),
        ("status[$in][]=a&status[$in][]=b", {"status": {"$in": ["a", "b"]}}),
        ("status[$in]=a&status[$in]=b", {"status": {"$in": ["a", "b"]}}),
        ("status[$in]=a&status[$in]=b&status[$in]=c", {"status": {"$in": ["a", "b", "c"]}}),
        ("status[$in][0]=a", {"status": {"$in": ["a"]}}),
        ("status[$in][1]=b&status[$in][0]=a", {"status": {"$in": ["a", "b"]}}),
        ("status[$in][7]=b&status[$in][]=c&status[$in][3]=a", {"status": {"$in": ["a", "b", "c"]}}),
        ("status[$in][]=a&status[$in]=b", {"status": {"$in": ["a", "b"]}}),
        ("$select=agent", {"$select": "agent"}),
        ("$select[]=agent&$select[]=title", {"$select": ["agent", "title"]}),
        ("$or[0][status]=running&$or[1][agent]=demo", {"$or": [{"status": "running"}, {"agent": "demo"}]}),
        ("$or[][status]=running&$or[][agent]=demo", {"$or": [{"status": "running"}, {"agent": "demo"}]}),
        ("$or[0][a]=1&$or[0][b]=2", {"$or": [{"a": "1", "b": "2"}]}),
        ("repo.repo_id=x&repo[repo_slug]=y", {"repo.repo_id": "x", "repo": {"repo_slug": "y"}}),
        ("repo[repo_id][$ne]=x", {"repo": {"repo_id": {"$ne": "x"}}}),
        ("0=a", {"0": "a"}),
    ],
)
def test_pairs_become_an_object(text: str, expected: dict[str, Any]) -> None:
    assert parsed(text) == expected


# Taken down from @feathersjs/rest-client 5.0.50 with qs 6.16.0.
SENT_BY_FEATHERS = [
    (
        "status=running&%24limit=0&%24sort%5Bcreated_at%5D=-1&%24select%5B0%5D=agent&%24select%5B1%5D=title",
        {"status": "running", "$limit": "0", "$sort": {"created_at": "-1"}, "$select": ["agent", "title"]},
    ),
    ("status%5B%24in%5D%5B0%5D=a&status%5B%24in%5D%5B1%5D=b", {"status": {"$in": ["a", "b"]}}),
    (
        "%24or%5B0%5D%5Bstatus%5D=running&%24or%5B1%5D%5Bagent%5D%5B%24ne%5D=demo",
        {"$or": [{"status": "running"}, {"agent": {"$ne": "demo"}}]},
    ),
    ("archived_at%5B%24ne%5D=", {"archived_at": {"$ne": ""}}),
    (
        "genealogy.parent_session_id=&repo%5Brepo_id%5D=x",
        {"genealogy.parent_session_id": "", "repo": {"repo_id": "x"}},
    ),
    (
        "%24and%5B0%5D%5B%24or%5D%5B0%5D%5Ba%5D=1&%24and%5B0%5D%5B%24or%5D%5B1%5D%5Bb%5D=2&%24and%5B1%5D%5Bc%5D=&%24total=false",
        {"$and": [{"$or": [{"a": "1"}, {"b": "2"}]}, {"c": ""}], "$total": "false"},
    ),
    ("title=a%26b%3Dc%2Bd%20%C3%A9%20%5Bx%5D", {"title": "a&b=c+d é [x]"}),
]


@pytest.mark.parametrize(("text", "expected"), SENT_BY_FEATHERS)
def test_reads_what_the_feathers_client_sends(text: str, expected: dict[str, Any]) -> None:
    assert parsed(text) == expected


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a[=1", "a["),
        ("a]=1", "a]"),
        ("[a]=1", "[a]"),
        ("=1", ""),
        ("a[b]c=1", "a[b]c"),
        ("a[[b]]=1", "a[[b]]"),
        ("a=1&a[b]=2", "a[b]"),
        ("a[b]=2&a=1", "a"),
        ("a[0]=2&a[b]=1", "a[b]"),
        ("a[b]=2&a[]=1", "a[]"),
        ("a" + "[b]" * (MAX_BRACKETS + 1) + "=1", "a"),
    ],
)
def test_a_key_that_makes_no_sense_is_named(text: str, place: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parsed(text)
    assert caught.value.place == place


def test_the_number_of_pairs_is_bounded() -> None:
    pairs = [("status[$in][]", "a")] * MAX_PAIRS
    assert len(parse_pairs(pairs)["status"]["$in"]) == MAX_PAIRS
    with pytest.raises(InvalidInput):
        parse_pairs([*pairs, ("status[$in][]", "a")])


names = st.text(st.characters(exclude_characters="[]", exclude_categories=["Cs"]), min_size=1).filter(
    lambda name: not name.isdecimal()
)
objects = st.dictionaries(
    names,
    st.recursive(
        st.text(),
        lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(names, inner, min_size=1, max_size=3),
        max_leaves=6,
    ),
    max_size=4,
)


@given(objects)
def test_what_is_written_is_read_again(raw: dict[str, Any]) -> None:
    assert parse_pairs(as_pairs(raw)) == raw


keys = st.lists(
    st.sampled_from(["a", "$in", "[", "]", "[]", "[0]", "[a]", "[$or]", "[99999999999]", ".", "\x00", "\ud800", "é"]),
    max_size=6,
).map("".join)


@given(st.lists(st.tuples(keys | st.text(), st.text()), max_size=12))
def test_nothing_but_invalid_input_is_raised(pairs: list[tuple[str, str]]) -> None:
    try:
        parse_pairs(pairs)
    except InvalidInput as error:
        refusal = error
    else:
        return
    assert f"{refusal}{refusal.place}".isprintable()
