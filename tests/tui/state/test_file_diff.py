"""The diff of a tool call: compared as it is, shown with every character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agor_core.domain.message import FileDiff
from agor_tui.state import file_diff
from agor_tui.state.patch import Kind


def drawn(old: str | None, new: str | None) -> list[str]:
    signs = {Kind.ADDED: "+", Kind.REMOVED: "-", Kind.SAME: " ", Kind.NOTE: "\\", Kind.HUNK: "@"}
    lines = file_diff.patch_of(FileDiff(path="f", old_text=old, new_text=new)).lines
    return [f"{signs[line.kind]}{line.visible}" for line in lines if line.kind is not Kind.FILE]


@pytest.mark.parametrize(
    ("old", "new", "lines", "figures"),
    [
        ("a\r\nb\n", "a\nb\n", ["-a␍", "+a", " b"], (1, 1)),
        ("\tx\n", "    x\n", ["-→   x", "+····x"], (1, 1)),
        ("a  b\n", "a b\n", ["-a··b", "+a b"], (1, 1)),
        ("x \n", "x\n", ["-x·", "+x"], (1, 1)),
        ("x", "x\n", ["-x", "\\no newline at the end of the file", "+x"], (1, 1)),
        ("x\n", "x\n\n", [" x", "+"], (1, 0)),
        ("x\u200b\n", "x\u200c\n", ["-x<U+200B>", "+x<U+200C>"], (1, 1)),
        ("a\x1b[8m\n", "a\n", ["-a␛[8m", "+a"], (1, 1)),
        (None, "a\nb\n", ["+a", "+b"], (2, 0)),
        ("a\n", None, ["-a"], (0, 1)),
        ("same\n", "same\n", [], (0, 0)),
        ("a\rb\n", "a\rc\n", ["-a␍b", "+a␍c"], (1, 1)),
    ],
)
def test_what_differs_is_counted_and_can_be_seen(
    old: str | None, new: str | None, lines: list[str], figures: tuple[int, int]
) -> None:
    assert drawn(old, new) == lines
    assert file_diff.counts(FileDiff(path="f", old_text=old, new_text=new)) == figures


def test_of_what_stays_three_lines_are_shown_at_each_side() -> None:
    old = "".join(f"line {n}\n" for n in range(30))
    lines = drawn(old, old.replace("line 9\n", "nine\n").replace("line 20\n", ""))
    assert lines == [
        *(f" line {n}" for n in range(6, 9)),
        "-line 9",
        "+nine",
        *(f" line {n}" for n in range(10, 13)),
        "@…",
        *(f" line {n}" for n in range(17, 20)),
        "-line 20",
        *(f" line {n}" for n in range(21, 24)),
    ]


def test_numbers_are_those_of_each_file() -> None:
    diff = FileDiff(path="f", old_text="a\nb\nc\n", new_text="new\na\nc\n")
    numbered = [(line.kind.value, line.text, line.number) for line in file_diff.patch_of(diff).lines[1:]]
    assert numbered == [("added", "new", 1), ("same", "a", 2), ("removed", "b", 2), ("same", "c", 3)]


def test_a_change_in_a_long_file_is_compared_all_the_same() -> None:
    old = "".join(f"line {n}\n" for n in range(50_000))
    assert file_diff.counts(FileDiff(path="f", old_text=old, new_text=old.replace("line 25000\n", "x\n"))) == (1, 1)
    other = "".join(f"other {n}\n" for n in range(50_000))
    assert file_diff.counts(FileDiff(path="f", old_text=old, new_text=other)) == (50_000, 50_000)


texts = st.text(st.sampled_from("ab\n\r\t "), max_size=30)


@given(texts, texts)
def test_two_texts_that_differ_never_look_alike(old: str, new: str) -> None:
    lines = drawn(old, new)
    assert bool(lines) is (old != new)
    removed = [line[1:] for line in lines if line[0] == "-"]
    added = [line[1:] for line in lines if line[0] == "+"]
    noted = any(line[0] == "\\" for line in lines)
    assert old == new or removed != added or noted
