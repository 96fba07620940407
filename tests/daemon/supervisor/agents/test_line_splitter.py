"""Lines: put together from pieces, cut where they are too long, and what can still be known of those."""

import pytest

from agor_daemon.supervisor.agents.envelope import envelope
from agor_daemon.supervisor.agents.line_splitter import KEPT, CutLine, LineSplitter


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


def test_of_a_line_that_is_too_long_the_ends_are_kept_in_its_place():
    splitter = LineSplitter(longest=3 * KEPT)
    pieces = [b"before\nbegin", *[b"x" * KEPT] * 9, b"end\nafter\n"]
    before, cut, after = [line for piece in pieces for line in splitter.feed(piece)]
    assert (before, after) == (b"before", b"after")
    assert isinstance(cut, CutLine)
    assert cut == b"begin" + b"x" * (KEPT - 5)
    assert cut.end == b"x" * (KEPT - 3) + b"end"
    assert type(after) is bytes


def test_a_line_that_is_too_long_and_has_no_end_is_told_of_all_the_same():
    splitter = LineSplitter(longest=8)
    assert splitter.feed(b"123456789") == []
    [cut] = splitter.rest()
    assert isinstance(cut, CutLine)
    assert splitter.rest() == []


@pytest.mark.parametrize(
    ("beginning", "end", "known"),
    [
        (b'{"jsonrpc":"2.0","id":3,"result":{"x":"yyy', b'yyy"}}', {"jsonrpc": "2.0", "id": 3}),
        (b'{"result":{"x":"yyy', b'yyy"}, "jsonrpc": "2.0" , "id" : 3 } ', {"jsonrpc": "2.0", "id": 3}),
        (b'{"result":"yyy', b'yyy","id":"a b"}', {"id": "a b"}),
        (b' { "method" : "session/update", "params" : { "x', b'x"}}', {"method": "session/update"}),
        (b'{"a":{"id":1},"method":"m","params":["x', b'x","id":3]}', {"a": {"id": 1}, "method": "m"}),
        (b'{"method":"m","params":{"x":"', b'","id":3}}', {"method": "m"}),
        (b'{"params":{"x":"', b'","id":3},"method":"m"}', {"method": "m"}),
        (b'{"x":"\xff\\', b'\xff,"id":99999999999999999999}', {}),
        (b"{" * KEPT, b"}" * KEPT, {}),
        (b'{"a":' + b"[" * KEPT, b"]", {}),
        (b'not json, "id":3', b'"x", "id":3}', {}),
        (b"[" + b'{"id":3},', b',"id":3}', {}),
        (b"", b"", {}),
    ],
)
def test_what_a_line_was_of_which_only_the_ends_are_known(beginning, end, known):
    assert envelope(CutLine.of(beginning, end)) == known
