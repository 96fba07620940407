"""An edit that waits for permission is a change of the file as it is."""

import os
from pathlib import Path
from typing import Any

import pytest

from agor_core.domain.message import FileDiff, ToolCall
from agor_daemon.supervisor.agents.proposed_edits import LARGEST_FILE, against_file


def asked(folder: Path, given: Any, *, diff: FileDiff | None = None, kind: str = "edit") -> FileDiff | None:
    return against_file(ToolCall(call_id="1", kind=kind, input=given, diff=diff), folder).diff


@pytest.mark.parametrize(
    ("given", "after"),
    [
        ({"path": "a.txt", "content": "new\n"}, "new\n"),
        ({"file_path": "a.txt", "content": "new\n"}, "new\n"),
        ({"path": "a.txt", "append": "more\n"}, "one\ntwo\none\nmore\n"),
        ({"file_path": "a.txt", "old_string": "two", "new_string": "2"}, "one\n2\none\n"),
        ({"file_path": "a.txt", "old_string": "one", "new_string": "1", "replace_all": True}, "1\ntwo\n1\n"),
    ],
)
def test_the_input_of_an_edit_is_applied_to_the_file(tmp_path: Path, given: dict[str, Any], after: str) -> None:
    (tmp_path / "a.txt").write_text("one\ntwo\none\n")
    assert asked(tmp_path, given) == FileDiff(path="a.txt", old_text="one\ntwo\none\n", new_text=after)


@pytest.mark.parametrize(
    ("proposed", "after"),
    [
        (FileDiff(path="a.txt", old_text=None, new_text="new\n"), "new\n"),
        (FileDiff(path="a.txt", old_text="two", new_text="2"), "one\n2\n"),
        (FileDiff(path="a.txt", old_text="one\ntwo\n", new_text="x\n"), "x\n"),
    ],
)
def test_a_diff_of_a_part_becomes_one_of_the_file(tmp_path: Path, proposed: FileDiff, after: str) -> None:
    (tmp_path / "a.txt").write_text("one\ntwo\n")
    assert asked(tmp_path, {}, diff=proposed) == FileDiff(path="a.txt", old_text="one\ntwo\n", new_text=after)


def test_a_file_that_is_not_there_is_made(tmp_path: Path) -> None:
    assert asked(tmp_path, {"path": "a", "content": "x"}) == FileDiff(path="a", old_text=None, new_text="x")


def test_line_ends_of_the_file_are_kept_apart(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x\r\n")
    assert asked(tmp_path, {"path": "a", "content": "x\n"}) == FileDiff(path="a", old_text="x\r\n", new_text="x\n")


def test_what_does_not_follow_stays_as_the_agent_says(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one\none\n")
    twice = FileDiff(path="a", old_text="one", new_text="1")
    assert asked(tmp_path, {"file_path": "a", "old_string": "one", "new_string": "1"}) == twice
    (tmp_path / "b").write_bytes(b"\xff\0")
    (tmp_path / "big").write_text("x" * (LARGEST_FILE + 1))
    os.mkfifo(tmp_path / "pipe")
    for name in ("b", "big", "pipe", "."):
        assert asked(tmp_path, {"path": name, "content": "x"}) == FileDiff(path=name, old_text=None, new_text="x")


@pytest.mark.parametrize("given", [None, "text", {}, {"path": "", "content": "x"}, {"path": "a\0", "content": "x"}])
def test_what_is_no_edit_stays_as_it_is(tmp_path: Path, given: Any) -> None:
    assert asked(tmp_path, given) is None
    assert asked(tmp_path, {"path": "a", "content": "x"}, kind="fetch") is None
