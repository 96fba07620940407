"""Ids: new ones, the short form, and what a person may type."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agor_core.ids import (
    TextRange,
    after_prefix,
    canonical,
    is_id,
    new_id,
    reference,
    short_id,
)

FULL = "0190f3c4-7a1e-7c3b-9d2e-9d2e1c4b07aa"

uuids = st.uuids().map(str)


def test_new_ids_are_uuid7_in_order_of_time() -> None:
    made = [new_id() for _ in range(100)]
    assert all(is_id(each) and each[14] == "7" for each in made)
    assert made == sorted(set(made))


def test_the_short_id_is_from_the_random_end() -> None:
    assert short_id(FULL) == "9d2e1c4b"
    assert short_id(FULL, 12) == "9d2e1c4b07aa"


@pytest.mark.parametrize("text", [FULL, FULL.upper(), FULL.replace("-", ""), f" {FULL}\n"])
def test_a_full_id_is_known_in_any_form(text: str) -> None:
    assert canonical(text) == FULL
    assert reference(text).exact == FULL


@pytest.mark.parametrize("text", ["", FULL[:-1], FULL + "0", FULL[:-1] + "g", "0" * 31 + "٣", "-" * 32])
def test_what_is_no_full_id(text: str) -> None:
    assert canonical(text) is None
    assert not is_id(text)


@pytest.mark.parametrize("text", [FULL.upper(), FULL.replace("-", ""), FULL + "\n"])
def test_the_stored_form_is_the_only_one_that_is_an_id(text: str) -> None:
    assert not is_id(text)


@pytest.mark.parametrize(
    ("text", "ids", "shorts", "short"),
    [
        ("0190", TextRange("0190", "0191"), TextRange("0190", "0191"), None),
        ("0190F", TextRange("0190f", "0190g"), TextRange("0190f", "0190g"), None),
        ("9d2e1c4b", TextRange("9d2e1c4b", "9d2e1c4c"), TextRange("9d2e1c4b", "9d2e1c4c"), "9d2e1c4b"),
        (
            "9d2e1c4b07aa",
            TextRange("9d2e1c4b-07aa", "9d2e1c4b-07ab"),
            TextRange("9d2e1c4b07aa", "9d2e1c4b07ab"),
            "9d2e1c4b07aa",
        ),
        ("0190f3c47a1e7", TextRange("0190f3c4-7a1e-7", "0190f3c4-7a1e-8"), None, None),
        ("0190f3c4-7a", TextRange("0190f3c4-7a", "0190f3c4-7b"), None, None),
        ("0190f3c4-", TextRange("0190f3c4", "0190f3c5"), None, None),
        (FULL[:-1], TextRange(FULL[:-1], FULL[:-1][:-1] + "b"), None, None),
    ],
)
def test_prefixes_are_index_ranges(text: str, ids: TextRange, shorts: TextRange | None, short: str | None) -> None:
    found = reference(text)
    assert (found.exact, found.ids, found.shorts, found.short) == (None, ids, shorts, short)


@pytest.mark.parametrize("text", ["", "abc", "my-board", "%", "____", "0190%", "0190f3c4x"])
def test_other_text_can_only_be_a_slug(text: str) -> None:
    found = reference(f" {text.upper()} ")
    assert (found.exact, found.ids, found.shorts, found.short) == (None, None, None, None)
    assert found.slug == text


@given(uuids, st.integers(4, 35), st.booleans())
def test_each_prefix_of_an_id_finds_it(full: str, length: int, upper: bool) -> None:
    typed = full[:length].upper() if upper else full[:length]
    ids = reference(typed).ids
    assert ids is not None
    assert ids.low <= full < ids.high


@given(uuids, uuids, st.integers(4, 31))
def test_a_prefix_without_hyphens_finds_exactly_what_begins_with_it(full: str, other: str, length: int) -> None:
    digits = full.replace("-", "")[:length]
    ids = reference(digits).ids
    assert ids is not None
    for candidate in (full, other):
        assert (ids.low <= candidate < ids.high) is candidate.replace("-", "").startswith(digits)


@given(uuids, st.integers(4, 12))
def test_each_prefix_of_a_short_id_finds_it(full: str, length: int) -> None:
    shorts = reference(short_id(full, length)).shorts
    assert shorts is not None
    assert shorts.low <= short_id(full, 12) < shorts.high


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    found = reference(text)
    assert found.given == text.strip()
    assert found.exact is None or is_id(found.exact)


@given(st.text(st.characters(max_codepoint=0xD000), min_size=1), st.text())
def test_after_prefix_is_the_first_text_beyond(prefix: str, rest: str) -> None:
    assert prefix + rest < after_prefix(prefix)
    assert re.match(re.escape(prefix), after_prefix(prefix)) is None
