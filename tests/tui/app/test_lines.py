"""Lines of ink: cutting, joining, wrapping in cells, whatever the characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agor_tui.app.widgets.lines import cells, joined, justified, padded, plain, truncated, wrap

texts = st.text(st.sampled_from("ab 日本語é…🙂\u0301"), max_size=60)


@given(texts, st.integers(1, 40))
def test_fit_never_exceeds_its_width(text: str, width: int) -> None:
    assert cells(truncated([(text, "text"), ("end", "text")], width)) <= width


@given(texts, st.integers(1, 40))
def test_padded_is_exactly_its_width(text: str, width: int) -> None:
    assert cells(padded([(text, "text")], width)) == width


@given(texts, st.integers(4, 40))
def test_wrapped_lines_fit_and_lose_nothing_but_blanks(text: str, width: int) -> None:
    lines = wrap([(text, "text")], width)
    assert all(cells(line) <= width for line in lines)
    assert "".join("".join(plain(line).split()) for line in lines) == "".join(text.split())


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
