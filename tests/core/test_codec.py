"""JSON in and out: what no store can hold is refused at the door, in one sentence that names the field."""

from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from agor_core.domain import storable
from agor_core.errors import InvalidInput
from agor_core.wire import codec, requests
from agor_core.wire.failure import Failure
from agor_core.wire.feed import Bookmark, Change, Cursor, Delta, Frame, Hello, Resync
from agor_core.wire.requests import CreateBoard, CreateSession, CreateTask, Fork, PatchSession


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
        storable.check(value)


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


LONG = "x" * 501


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        (CreateBoard, {}, "name: is missing."),
        (CreateBoard, {"name": "b", "slog": "x"}, "slog: there is no such field; did you mean slug? All fields are in"),
        (CreateBoard, {"name": "b", "x` - at `$.y": 1}, "x` - at `$.y: there is no such field. All fields are in"),
        (CreateBoard, {"\x1b[2J": 1}, "'\\x1b[2J': there is no such field. All fields are in"),
        (
            CreateTask,
            {"session_id": "s", "full_prompt": "p"},
            "full_prompt: there is no such field; did you mean prompt?",
        ),
        (CreateSession, {"agent": 5}, "agent: must be text, not a number."),
        (CreateSession, {"agent": None}, "agent: must be text, not null."),
        (CreateSession, {"agent": "demo", "title": 5}, "title: must be text or null, not a number."),
        (
            CreateSession,
            {"agent": "demo", "worktree": 5},
            "worktree: must be true or false, text or null, not a number.",
        ),
        (CreateSession, {"agent": "demo", "concepts": ["a", []]}, "concepts[1]: must be text, not a list."),
        (CreateSession, {"agent": "demo", "concepts": {}}, "concepts: must be a list, not an object."),
        (Fork, {"same_directory": "yes"}, "same_directory: must be true or false, not text."),
        (Fork, {"at": 1.5}, "at: must be a whole number, text or null, not a fraction."),
        (CreateBoard, {"name": "x" * 201}, "name: must be at most 200 characters long."),
        (PatchSession, {"title": LONG}, "title: must be at most 500 characters long."),
        (PatchSession, {"concepts": ["a", LONG]}, "concepts[1]: must be at most 200 characters long."),
        (
            CreateBoard,
            {"name": "x", "description": "é" * 10_001},
            "description: must be at most 10,000 characters long",
        ),
    ],
)
def test_a_body_that_does_not_fit_is_refused_in_our_words(kind: type[Any], value: Any, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        codec.request(kind, value)
    assert str(caught.value).startswith(sentence.removesuffix("."))
    assert "`" not in str(caught.value).removeprefix("x` - at `")


class Odd(msgspec.Struct):
    """What no request is yet, and msgspec has other words for."""

    least: Annotated[int, Meta(ge=0)] = 0
    one_of: Literal["a", "b"] = "a"
    pair: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        if self.least == 1:
            raise ValueError("One is odd")


@pytest.mark.parametrize(
    ("value", "place", "sentence"),
    [
        ({"least": -1}, "least", "least: expected `int` >= 0."),
        ({"one_of": "c"}, "one_of", "one_of: invalid enum value 'c'."),
        ({"one_of": "c - at `$.d"}, "one_of", "one_of: invalid enum value 'c - at `$.d'."),
        ({"pair": [1]}, "pair", "pair: expected `array` of length 2, got 1."),
        ({"least": 1}, None, "One is odd."),
    ],
)
def test_words_that_we_have_no_others_for_keep_the_place(value: Any, place: str | None, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        codec.request(Odd, value)
    assert (caught.value.place, str(caught.value)) == (place, sentence)


def test_what_is_as_long_as_it_may_be_is_taken() -> None:
    made = codec.request(CreateBoard, {"name": "é" * 200, "description": "x" * 10_000})
    assert (len(made.name), len(made.description or "")) == (200, 10_000)


def test_a_prompt_that_is_taken_can_be_stored() -> None:
    assert requests.LONGEST_PROMPT <= storable.LONGEST_TEXT
    with pytest.raises(InvalidInput, match=r"^prompt: must be at most 5,000,000 characters long") as caught:
        codec.request(CreateTask, {"session_id": "s", "prompt": "x" * (requests.LONGEST_PROMPT + 1)})
    assert caught.value.place == "prompt"


@pytest.mark.parametrize(
    ("body", "place", "reason"),
    [
        (b'{"prompt":"\\ud800"}', "prompt", "lone surrogate"),
        (b'{"prompt":"\\uDC00 and more of the text"}', "prompt", "lone surrogate"),
        (b'[{"a":1},{"b":["x","\\ud800x and more of the text"]}]', "[1].b[1]", "lone surrogate"),
        (b'{"a":{"\\udfff":1}}', "a", "lone surrogate"),
        (b'"\\ud800"', None, "lone surrogate"),
        (b'{"a":["\\u0000"]}', "a[0]", "NUL"),
        (b'{"a":{"b":9223372036854775808}}', "a.b", "beyond 64 bits"),
        (b'{"a\\n":"\\u0000"}', "'a\\n'", "NUL"),
        (b'{"a":"\\ud800"', None, "not valid JSON"),
        (b'{"a":"\\\\ud800",}', None, "not valid JSON"),
        (b'{"a":"\\ud800",' + b'"a":[' * 10_000, None, "not valid JSON"),
    ],
    ids=lambda given: ascii(given[:20]) if isinstance(given, bytes) else None,
)
def test_what_no_store_can_hold_is_refused_with_its_place(body: bytes, place: str | None, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as caught:
        codec.decode(body)
    assert caught.value.place == place
    assert str(caught.value).startswith(f"{place}: " if place else "")


def test_what_is_refused_in_a_list_is_told_by_its_element() -> None:
    for body, place, sentence in (([], "[1].name", "[1].name: is bad."), ({}, "name", "name: is bad.")):
        with pytest.raises(InvalidInput) as caught, codec.element(body, 1):
            raise InvalidInput("name: is bad.", place="name")
        assert (caught.value.place, str(caught.value)) == (place, sentence)
    with pytest.raises(InvalidInput) as caught, codec.element([], 0):
        codec.request(CreateBoard, 5)
    assert (caught.value.place, str(caught.value)) == ("[0]", "[0]: the body must be a JSON object.")


def test_a_body_is_read_as_one_or_as_many() -> None:
    assert codec.each(5, str) == ["5"]
    assert codec.each([5, 6], str) == ["5", "6"]
    assert codec.each([], str) == []
    for body, place in (({"name": 5}, "name"), ([{"name": "b"}, {"name": 5}], "[1].name")):
        with pytest.raises(InvalidInput, match="must be text") as caught:
            codec.each(body, lambda item: codec.request(CreateBoard, item))
        assert caught.value.place == place


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
