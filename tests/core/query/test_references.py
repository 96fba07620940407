"""Ids that were not given in full are replaced by those that they stand for."""

import pytest

from agor_core.errors import NotFound
from agor_core.query.parser import parse
from agor_core.query.references import resolve_ids
from agor_core.query.tree import Among, Compare, Comparison
from tests.builders.queries import FIELDS

FULL = "01900000-0000-7000-8000-0000000000ab"
OTHER = "01900000-0000-7000-8000-0000000000cd"


def test_each_text_is_resolved_once_wherever_it_stands() -> None:
    asked: list[tuple[str, str]] = []

    def resolve(service: str, text: str) -> str:
        asked.append((service, text))
        return FULL

    query = parse(
        {
            "parent_id": "abcd",
            "place": {"repo_id": "my-repo"},
            "$or": [{"specimen_id": {"$in": ["abcd", OTHER, FULL]}}],
            "$limit": 3,
            "$sort": {"count": 1},
            "$after": "abcd",
        },
        FIELDS,
    )
    resolved = resolve_ids(query, resolve)
    assert asked == [("specimens", "abcd"), ("repos", "my-repo")]
    assert resolved == parse(
        {
            "parent_id": FULL,
            "place": {"repo_id": FULL},
            "$or": [{"specimen_id": {"$in": [FULL, OTHER]}}],
            "$limit": 3,
            "$sort": {"count": 1},
            "$after": FULL,
        },
        FIELDS,
    )


def test_null_and_full_ids_are_not_asked_for() -> None:
    query = parse({"parent_id": {"$in": [None, FULL]}, "place.repo_id": {"$ne": OTHER}}, FIELDS)
    assert resolve_ids(query, lambda service, text: pytest.fail(text)) == query


def test_what_the_resolver_raises_passes_through() -> None:
    def resolve(service: str, text: str) -> str:
        raise NotFound(service, text)

    with pytest.raises(NotFound):
        resolve_ids(parse({"parent_id": "abcd"}, FIELDS), resolve)


def test_short_ids_are_kept_as_given_until_then() -> None:
    node = parse({"parent_id": {"$nin": ["abcd", FULL]}}, FIELDS).where
    assert isinstance(node, Among)
    assert not isinstance(node.values[0], str)
    assert parse({"parent_id": FULL}, FIELDS).where == Compare("parent_id", Comparison.EQ, FULL)
