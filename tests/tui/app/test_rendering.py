"""How messages look: markdown, live text, diffs and tool calls as lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agor_core.domain.message import FileDiff, ToolStatus
from agor_tui.app.widgets import tool_call
from agor_tui.app.widgets.lines import cells, plain, wrap
from agor_tui.app.widgets.streamed import StreamedText
from agor_tui.state import clean, file_diff
from agor_tui.state.glyphs import UNICODE
from tests.builders import app_records as make


@given(st.lists(st.text(st.sampled_from("ab 日\n"), max_size=30), max_size=12), st.integers(6, 30))
def test_live_text_is_wrapped_as_if_it_had_come_at_once(pieces: list[str], width: int) -> None:
    streamed, text = StreamedText(), ""
    for piece in pieces:
        text += piece
        streamed.update(text, width)
    whole = [plain(line).rstrip() for one in clean.block(text).split("\n") for line in wrap([(one, "text")], width)]
    assert "".join("".join(plain(line).split()) for line in streamed.lines) == "".join(text.split())
    assert all(cells(line) <= width for line in streamed.lines)
    if pieces:
        assert len(streamed.lines) <= len(whole) + len(pieces)


def test_live_text_keeps_the_lines_that_it_has() -> None:
    streamed = StreamedText()
    first = streamed.update("one two three four", 10)[0]
    streamed.update("one two three four five six", 10)
    assert streamed.lines[0] is first
    assert [plain(line) for line in streamed.lines] == ["one two", "three four", "five six"]


def test_a_diff_shows_what_differs_and_a_little_about_it() -> None:
    old = "\n".join(f"line {i}" for i in range(20))
    diff = FileDiff(path="f", old_text=old, new_text=old.replace("line 10", "LINE 10"))
    lines = [plain(line) for line in tool_call.diff_lines(diff, 60)[1:]]
    assert "  11 - line 10" in lines
    assert "  11 + LINE 10" in lines
    assert len(lines) == 8
    assert file_diff.counts(diff) == (1, 1)


def test_a_new_file_is_all_added() -> None:
    diff = FileDiff(path="f", old_text=None, new_text="a\nb\n")
    assert file_diff.counts(diff) == (2, 0)


@pytest.mark.parametrize(
    ("tool", "line"),
    [
        (make.tool("src/a.py", output="x\n" * 3), "▸ Read   src/a.py                3 lines"),
        (make.tool("Read src/a.py", output="x"), "▸ Read   src/a.py                 1 line"),
        (make.tool("make", "execute", status=ToolStatus.FAILED), "▸ Run    make                   ✗ failed"),
        (make.tool("make", "execute", status=ToolStatus.IN_PROGRESS), "▸ Run    make                          ●"),
        (make.tool("x\x1b[2Jy\nz", "other"), "▸ Tool   xy z"),
    ],
)
def test_a_tool_call_in_one_line(tool, line: str) -> None:
    assert plain(tool_call.summary_line(tool, UNICODE, 40, opened=False)).rstrip() == line


def test_a_long_output_shows_its_end() -> None:
    tool = make.tool("make", "execute", output="\n".join(str(i) for i in range(1000)))
    lines = [plain(line) for line in tool_call.detail_lines(tool, 40)]
    assert lines[0] == "… 600 lines before"
    assert lines[-1] == "999"
