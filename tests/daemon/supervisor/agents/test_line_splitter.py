"""Lines are put together from pieces; one that is too long breaks the stream."""

import pytest

from agor_daemon.supervisor.agents.line_splitter import LineSplitter


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        ([b"a\nb\n"], [b"a", b"b"]),
        ([b"a", b"b\nc", b"\n"], [b"ab", b"c"]),
        ([b"\n\n", b" \r", b"\n\na\n \n"], [b"a"]),
        ([b"no end"], []),
    ],
)
def test_lines(pieces, lines):
    splitter = LineSplitter(longest=8)
    assert [line for piece in pieces for line in splitter.feed(piece)] == lines


def test_the_rest_after_the_last_line():
    splitter = LineSplitter()
    splitter.feed(b"a\nrest")
    assert splitter.rest() == [b"rest"]


@pytest.mark.parametrize("pieces", [[b"before\n12345678", b"9\nafter\n"], [b"before\n123456789\nafter\n", b"more\n"]])
def test_at_a_line_that_is_too_long_the_stream_is_broken(pieces):
    splitter = LineSplitter(longest=8)
    assert [line for piece in pieces for line in splitter.feed(piece)] == [b"before"]
    assert splitter.overflowed
    assert splitter.rest() == []


def test_a_line_of_the_greatest_length_is_whole():
    splitter = LineSplitter(longest=8)
    assert splitter.feed(b"1234") + splitter.feed(b"5678\n") == [b"12345678"]
    assert not splitter.overflowed
