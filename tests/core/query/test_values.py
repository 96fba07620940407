"""Values by type: what JSON and text stand for, and how an error shows what it was given."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agor_core.errors import InvalidInput
from agor_core.query.fields import Field, FieldType
from agor_core.query.tree import Value
from agor_core.query.values import label, read, shown


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (FieldType.TEXT, "5", "5"),
        (FieldType.TEXT, "  a ", "  a "),
        (FieldType.INTEGER, "5", 5),
        (FieldType.INTEGER, "-0", 0),
        (FieldType.INTEGER, "9223372036854775807", 2**63 - 1),
        (FieldType.INTEGER, -(2**63), -(2**63)),
        (FieldType.NUMBER, "5", 5.0),
        (FieldType.NUMBER, 5, 5.0),
        (FieldType.NUMBER, "-2.5e-7", -2.5e-7),
        (FieldType.BOOLEAN, "true", True),
        (FieldType.BOOLEAN, False, False),
        (FieldType.TIME, "2026-01-31", "2026-01-31T00:00:00.000Z"),
        (FieldType.TIME, "2026-01-31T09:05", "2026-01-31T09:05:00.000Z"),
        (FieldType.TIME, "2026-01-31T09:05:00Z", "2026-01-31T09:05:00.000Z"),
        (FieldType.TIME, "2026-01-31T09:05:00.123456Z", "2026-01-31T09:05:00.123Z"),
        (FieldType.TIME, "2026-01-31T09:05:00+02:00", "2026-01-31T07:05:00.000Z"),
        (FieldType.TIME, "2026-01-31T09:05:00 02:00", "2026-01-31T07:05:00.000Z"),
        (FieldType.TIME, "2026-01-31T09:05:00 0200", "2026-01-31T07:05:00.000Z"),
        (FieldType.TIME, "2026-01-31T09:05:00-02:00", "2026-01-31T11:05:00.000Z"),
        (FieldType.TIME, "2026-01-31 09:05:00", "2026-01-31T09:05:00.000Z"),
    ],
)
def test_a_value_takes_the_type_of_its_field(kind: FieldType, given: Any, value: Value) -> None:
    result = read(Field("f", kind), given, "f")
    assert result == value
    assert type(result) is type(value)


def test_an_id_that_refers_to_nothing_must_be_given_in_full() -> None:
    with pytest.raises(InvalidInput, match="must be an id, not 'abcd1234'"):
        read(Field("f", FieldType.ID), "abcd1234", "f")


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
