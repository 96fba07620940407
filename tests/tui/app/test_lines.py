"""Lines of ink: cutting, joining, wrapping in cells, whatever the characters."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agor_tui.app.widgets.lines import broken, cells, joined, justified, padded, plain, truncated, wrap
from agor_tui.state import clean

texts = st.text(st.sampled_from("ab 日本語é…🙂\u0301"), max_size=60)


@given(texts, st.integers(1, 40))
def test_fit_never_exceeds_its_width(text: str, width: int) -> None:
    assert cells(truncated([(text, "text"), ("end", "text")], width)) <= width


@given(texts, st.integers(1, 40))
def test_padded_is_exactly_its_width(text: str, width: int) -> None:
    assert cells(padded([(text, "text")], width)) == width


@given(texts, st.integers(4, 40))
def test_a_break_in_prose_stands_for_the_blanks_at_its_place(text: str, width: int) -> None:
    lines = [plain(line) for line in wrap([(text[:9], "text"), (text[9:], "strong")], width)]
    assert all(cells([(line, "text")]) <= width for line in lines)
    words = text.split()
    assert "".join("".join(line.split()) for line in lines) == "".join(words)
    assert len(" ".join(lines).split()) >= len(words)
    for line in lines:
        assert all(run in text for run in re.findall(r"\s+", line.rstrip()))


judged = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=120) | st.text(
    st.sampled_from("ab  /-\t日🙂\u0301\u200d\u200c\u202e\r\x1b"), max_size=200
)


@given(judged, st.integers(2, 60), st.sampled_from(["", "  "]))
def test_of_what_is_judged_every_character_is_drawn_in_order(text: str, width: int, indent: str) -> None:
    line = clean.exact(text).replace("\n", "")
    lines = broken(
        [(line[:7], "code"), (line[7:], "code")], width + len(indent), indent=indent, first="$ "[: len(indent)]
    )
    assert all(cells(one) <= width + len(indent) for one in lines)
    assert "".join(plain(one)[len(indent) :] for one in lines) == line


def test_blanks_do_not_join_what_they_part() -> None:
    command = "rm -rf ./build" + " " * 50 + "/"
    assert [plain(line) for line in wrap([(command, "text")], 30)] == ["rm -rf ./build", "/"]
    assert [plain(line) for line in broken([(command, "code")], 30)] == [
        "rm -rf ./build" + " " * 16,
        " " * 30,
        " " * 4 + "/",
    ]


def test_parts_of_a_word_stay_together_and_a_no_break_space_parts_no_words() -> None:
    lines = wrap([("see ", "text"), ("code", "code"), (", then a\u00a0b", "text")], 9)
    assert [plain(line) for line in lines] == ["see code,", "then a\u00a0b"]


def test_what_has_no_width_is_drawn_as_well() -> None:
    assert "".join(plain(line) for line in broken([("abcd\u0301\u0301", "code")], 2)) == "abcd\u0301\u0301"


def test_wrap_breaks_between_words_and_indents() -> None:
    lines = wrap([("one two three four", "text")], 10, indent="  ", first="- ")
    assert [plain(line) for line in lines] == ["- one two", "  three", "  four"]


def test_words_that_are_too_long_are_broken_anywhere() -> None:
    assert [plain(line) for line in wrap([("abcdefgh", "text")], 3)] == ["abc", "def", "gh"]


def test_what_stands_apart_reaches_both_edges() -> None:
    assert plain(justified([("left", "text")], [("right", "text")], 14)) == "left     right"
    assert plain(justified([("a long left", "text")], [("right", "text")], 12)) == "a lon… right"


@pytest.mark.parametrize(("parts", "expected"), [(["a", "b"], "a · b"), (["", "b"], "b"), (["", ""], "")])
def test_joined_leaves_out_what_is_empty(parts: list[str], expected: str) -> None:
    assert plain(joined([[(part, "text")] for part in parts])) == expected
