"""Foreign text is sanitized, and the width of a line is measured in cells."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from agor_tui.state.clean import block, cut, exact, line, pad, width


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]52;c;Zm9v\x1b\\x", "x"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jx", "x"),
        ("\x1bPq#0\x1b\\x", "x"),
        ("\x1bcx", "x"),
        ("a\x07b", "a␇b"),
        ("a\x1b", "a␛"),
        ("a\x7f", "a␡"),
        ("evil\u202etxt.exe", "eviltxt.exe"),
        ("\u2066a\u2069", "a"),
        ("a\u200bb\ufeff", "ab"),
        ("\ud800", "\ufffd"),
        ("a\U000e0041b", "ab"),
        ("👩\u200d💻 é", "👩\u200d💻 é"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("a\tb", "a   b"),
    ],
)
def test_foreign_text_is_sanitized(foreign: str, shown: str) -> None:
    assert block(foreign) == shown


def test_one_line_is_one_line() -> None:
    assert line("  a\n\n b\u2028c\td ") == "a b c d"
    assert line(None) == ""


@given(st.text())
def test_no_control_character_is_left(text: str) -> None:
    cleaned = block(text)
    assert all(character == "\n" or unicodedata.category(character) not in ("Cc", "Cs") for character in cleaned)
    assert not set(cleaned) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
    assert block(cleaned) == cleaned


@given(st.text(), st.integers(0, 30))
def test_a_cut_text_fits_and_a_padded_one_fills(text: str, cells: int) -> None:
    text = line(text)
    assert cell_len(cut(text, cells)) <= cells
    assert cell_len(pad(text, cells)) == cells
    assert cell_len(pad(text, cells, right=True)) == cells


def test_a_cut_is_marked_and_wide_characters_are_not_halved() -> None:
    assert cut("abcdef", 4) == "abc…"
    assert cut("漢字漢字", 6) == "漢字…"
    assert cut("abc", 3) == "abc"
    assert cut("abcdef", 0) == ""
    assert width("漢字") == 4


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("git status \x1b_; rm -rf ~", "git status \u241b_; rm -rf ~"),
        ("seen \x1b]0;title\x07hidden", "seen \u241b]0;title\u2407hidden"),
        ("a\x90b\x9dc", "a<U+0090>b<U+009D>c"),
        ("a\u202eb\u200bc\u3164d", "a<U+202E>b<U+200B>c<U+3164>d"),
        ("r\u200dm\u200c -r\ufe0ff", "r<U+200D>m<U+200C> -r<U+FE0F>f"),
        ("👩\u200d👧 ❤\ufe0f 1\ufe0f\u20e3", "👩\u200d👧 ❤\ufe0f 1\ufe0f\u20e3"),
        ("one\r\ntwo\rthree", "one\u240d\ntwo\u240dthree"),
        ("\tx", "    x"),
        ("plain é 😀", "plain é 😀"),
    ],
)
def test_of_what_is_judged_nothing_is_left_out(given: str, shown: str) -> None:
    assert exact(given) == shown


def test_letters_that_nobody_sees_do_not_pass_as_printable() -> None:
    assert block("a\u3164b\u115fc\u034fd") == "abcd"
