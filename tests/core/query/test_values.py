"""Values by type: what JSON and text stand for."""

from typing import Any

import pytest

from agor_core.errors import InvalidInput
from agor_core.query.fields import Field, FieldType
from agor_core.query.tree import Value
from agor_core.query.values import read


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
