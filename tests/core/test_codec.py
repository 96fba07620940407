"""JSON in and out: what no store can hold is refused at the door, in one sentence that names the field."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agor_core.errors import InvalidInput
from agor_core.wire import codec
from agor_core.wire.failure import Failure
from agor_core.wire.feed import Bookmark, Change, Cursor, Delta, Frame, Hello, Resync
from agor_core.wire.requests import CreateSession, Fork, PatchSession


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1",
        b"nonsense",
        b"NaN",
        b"1e999",
        b'"\xff"',
        '"\ud800"',
        b'"\\ud800"',
        b'{"\\udfff":1}',
        b'"\\u0000"',
        b'{"a":{"b\\u0000":1}}',
        b'[{"a":"\\u0000"}]',
        b"9223372036854775808",
        b"-9223372036854775809",
        b"18446744073709551616",
        b"9" * 5000,
        b"[" * 65 + b"]" * 65,
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=lambda body: ascii(body[:20]),
)
def test_refused(body: bytes | str) -> None:
    with pytest.raises(InvalidInput) as caught:
        codec.decode(body)
    assert str(caught.value).isprintable()
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"9223372036854775807", 2**63 - 1),
        (b"-9223372036854775808", -(2**63)),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'{"a":[true,null,1.5]}', {"a": [True, None, 1.5]}),
        (b"[" * 64 + b"]" * 64, msgspec.json.decode(b"[" * 64 + b"]" * 64)),
    ],
)
def test_decoded(body: bytes, value: Any) -> None:
    assert codec.decode(body) == value


@given(st.binary())
def test_any_bytes_decode_or_are_refused(body: bytes) -> None:
    try:
        value = codec.decode(body)
    except InvalidInput:
        return
    assert codec.decode(codec.encode(value)) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [float("-inf")]])
def test_numbers_that_are_not_finite_are_refused(value: Any) -> None:
    with pytest.raises(InvalidInput, match="finite"):
        codec.check(value)


@pytest.mark.parametrize(
    ("kind", "value", "place"),
    [
        (CreateSession, {}, "agent"),
        (CreateSession, {"agent": 5}, "agent"),
        (CreateSession, {"agent": "demo", "status": "running"}, "status"),
        (CreateSession, {"agent": "demo", "concepts": ["a", 5]}, "concepts[1]"),
        (PatchSession, {"title": []}, "title"),
        (Fork, {"at": 1.5}, "at"),
        (Fork, [], None),
        (Fork, None, None),
    ],
)
def test_a_body_that_does_not_fit_names_the_field(kind: type[Any], value: Any, place: str | None) -> None:
    with pytest.raises(InvalidInput) as caught:
        codec.request(kind, value)
    assert caught.value.place == place
    assert place is None or place in str(caught.value)


def test_a_patch_tells_null_from_absent() -> None:
    patch = codec.request(PatchSession, {"title": None})
    assert patch.title is None
    assert patch.board is msgspec.UNSET


@pytest.mark.parametrize(
    "frame",
    [
        Hello(cursor="e:1", version="0.1.0"),
        Change(cursor="e:2", service="sessions", event="created", id="x", record={"a": [1]}, at="t"),
        Delta(service="messages", id="x", offset=120, text="é"),
        Bookmark(cursor="e:3"),
        Resync(reason="expired", cursor="e:9"),
    ],
)
def test_frames_are_told_apart_by_their_type(frame: Frame) -> None:
    encoded = codec.encode(frame)
    assert msgspec.json.decode(encoded)["type"] == type(frame).__name__.lower()
    assert codec.frame(encoded) == frame


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b'{"type":"else"}',
        b'{"type":"delta"}',
        b'{"type":"bookmark","cursor":"\xff"}',
        "\ud800",
        b'{"type":"change","cursor":"","service":"","event":"","id":"","at":"","record":' + b"[" * 100_000,
    ],
    ids=lambda data: ascii(data[:20]),
)
def test_what_is_no_frame_is_refused(data: bytes | str) -> None:
    with pytest.raises(InvalidInput, match="Not a frame of the feed"):
        codec.frame(data)


def test_a_failure_has_the_names_of_feathers() -> None:
    failure = Failure(name="NotFound", message="m", code=404, class_name="not-found")
    assert msgspec.json.decode(codec.encode(failure)) == {
        "name": "NotFound",
        "message": "m",
        "code": 404,
        "className": "not-found",
        "errors": {},
    }


def test_a_cursor_is_text_with_the_number_last() -> None:
    assert Cursor.parse("0190:x:1235") == Cursor("0190:x", 1235)
    assert str(Cursor("e", 7)) == "e:7"


@pytest.mark.parametrize("text", ["", ":", "e:", ":5", "5", "e:-1", "e:1.5", "e:٣", "e: 1", "e:" + "9" * 19])
def test_what_is_no_cursor(text: str) -> None:
    assert Cursor.parse(text) is None
