"""Texts of others: what says nothing is refused, and how an error shows what it was given."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agor_core.domain.texts import check_not_empty, label, shown, suggestion
from agor_core.errors import InvalidInput


def test_a_text_that_says_nothing_is_refused() -> None:
    check_not_empty(" x ", "name")
    with pytest.raises(InvalidInput, match="The name is empty") as caught:
        check_not_empty(" \n", "name")
    assert caught.value.place == "name"


def test_a_name_that_is_none_is_answered_with_the_nearest() -> None:
    names = ["status", "stats", "statue", "state", "repo.cwd", "title"]
    assert suggestion("titl", names) == "; did you mean title? All fields are in /openapi.json."
    assert suggestion("cwd", names) == "; did you mean repo.cwd? All fields are in /openapi.json."
    assert suggestion("statu", names).count(" or ") == 2
    assert suggestion("x" * 10**7, names) == suggestion("", names) == ". All fields are in /openapi.json."


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a", "'a'"),
        ("\x1b[2J", "'\\x1b[2J'"),
        ("\ud800", "'\\ud800'"),
        ("é", "'é'"),
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        ({}, "an object"),
        ([], "a list"),
        (b"x", "b'x'"),
    ],
)
def test_errors_show_foreign_input_safely(given: Any, expected: str) -> None:
    assert shown(given) == expected


def test_a_number_of_too_many_digits_to_write_is_shown_in_words() -> None:
    assert shown(10**5000) == "a number beyond 64 bits"


def test_a_label_has_no_quotes_unless_it_must() -> None:
    assert label("status") == "status"
    assert label("a\nb") == "'a\\nb'"
    assert label(5) == "5"


@given(st.text(st.characters(), max_size=300))
def test_what_is_shown_is_short_and_printable(text: str) -> None:
    for result in (shown(text), label(text)):
        assert result.isprintable()
        assert len(result) <= 60
