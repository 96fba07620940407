"""The log of a check: plain, and bounded whatever comes."""

from pathlib import Path

import pytest

from agor_daemon.supervisor.checks import bounded_log
from agor_daemon.supervisor.checks.bounded_log import HEAD, TAIL, BoundedLog, last_lines, plain


@pytest.mark.parametrize(
    ("printed", "left"),
    [
        ("\x1b[31mred\x1b[0m\n", "red\n"),
        ("10%\r50%\r100%\nnext\r\n", "100%\nnext\n"),
        ("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\n", "alink\n"),
        ("a\x00b\x08c\x7fd\x9be\t\n", "abcde\t\n"),
        ("\x1b[2J\x1b[1;1H\x1bPq#0\x1b\\x", "x"),
        ("done\r", "done"),
    ],
)
def test_sequences_and_what_was_written_over_are_gone(printed: str, left: str) -> None:
    assert plain(printed) == left


def test_what_comes_in_pieces_is_written_as_one(tmp_path: Path) -> None:
    log = BoundedLog(tmp_path / "new" / "a.log")
    for piece in (b"caf\xc3", b"\xa9 \x1b[3", b"1mred\x1b[0m", b"\nlast \xff"):
        log.feed(piece)
    assert log.close() == "café red\nlast \N{REPLACEMENT CHARACTER}"
    assert (tmp_path / "new" / "a.log").read_text() == "café red\nlast \N{REPLACEMENT CHARACTER}"


def test_a_flood_keeps_its_beginning_and_its_end(tmp_path: Path) -> None:
    log = BoundedLog(tmp_path / "a.log")
    for at in range(80):
        log.feed(f"{at:02}".encode() + b"x" * 99_998)
    log.feed(b"\nthe end\n")
    assert log.close().endswith("\nthe end")
    text = (tmp_path / "a.log").read_text()
    assert text.startswith("00x")
    assert text.endswith("x\nthe end\n")
    assert "bytes of the output are left out here" in text
    assert len(text) < HEAD + TAIL + 300_000


def test_a_disk_that_takes_nothing_leaves_the_last_lines(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    log = BoundedLog(tmp_path / "file" / "a.log")
    log.feed(b"one\ntwo\n")
    assert log.close() == "one\ntwo"


def test_the_last_lines_are_few() -> None:
    assert last_lines("\n".join(map(str, range(1000)))).splitlines()[0] == str(1000 - bounded_log.LAST_LINES)
    assert len(last_lines("x" * 100_000)) == bounded_log.LAST_CHARACTERS
