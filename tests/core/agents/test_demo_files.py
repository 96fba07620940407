"""Files that the demo agent writes, adds to, reads and deletes: only inside the session's directory."""

from pathlib import Path

import pytest

from tests.builders.demo_process import DemoProcess


def test_a_file_is_written_with_its_folders(demo: DemoProcess, cwd: Path) -> None:
    demo.run(demo.new(), "write: src/app/main.py print(1)\\nprint(2)\\n")
    path = cwd / "src/app/main.py"
    assert path.read_text() == "print(1)\nprint(2)\n"
    [call] = demo.tools()
    assert (call["kind"], call["status"], call["title"]) == ("edit", "completed", "Write src/app/main.py")
    assert call["locations"] == [{"path": str(path)}]
    assert call["content"] == [
        {"type": "diff", "path": str(path), "oldText": None, "newText": "print(1)\nprint(2)\n"},
    ]


def test_adding_reading_deleting(demo: DemoProcess, cwd: Path) -> None:
    (cwd / "notes.txt").write_text("one\n")
    demo.run(demo.new(), "append: notes.txt two\\n\nread: notes.txt\ndelete: notes.txt\nappend: new.txt x")
    added, read, deleted, new = demo.tools()
    assert (added["content"][0]["oldText"], added["content"][0]["newText"]) == ("one\n", "one\ntwo\n")
    assert read["kind"] == "read"
    assert read["content"][0]["content"]["text"] == "one\ntwo\n"
    assert (deleted["kind"], deleted["status"]) == ("delete", "completed")
    assert (deleted["content"][0]["oldText"], deleted["content"][0]["newText"]) == ("one\ntwo\n", "")
    assert not (cwd / "notes.txt").exists()
    assert new["content"][0]["oldText"] is None
    assert (cwd / "new.txt").read_text() == "x"


def test_a_quoted_path_may_have_blanks_and_a_full_path_may_lead_inside(demo: DemoProcess, cwd: Path) -> None:
    demo.run(demo.new(), f'write: "my notes.txt" hello you\nwrite: {cwd}/full.txt here\nwrite: empty.txt')
    assert (cwd / "my notes.txt").read_text() == "hello you"
    assert (cwd / "full.txt").read_text() == "here"
    assert (cwd / "empty.txt").read_text() == ""


@pytest.mark.parametrize(
    "path", ["../outside.txt", "/etc/agor-outside", "a/../../outside.txt", "link/outside.txt", ".", "loop"]
)
@pytest.mark.parametrize("verb", ["write", "append", "delete", "read"])
def test_no_path_leads_outside(demo: DemoProcess, cwd: Path, path: str, verb: str) -> None:
    outside = cwd.parent / "outside.txt"
    outside.write_text("untouched")
    (cwd / "link").symlink_to(cwd.parent)
    (cwd / "loop").symlink_to("loop")
    assert demo.run(demo.new(), f"{verb}: {path} text\nsay: next")["stopReason"] == "end_turn"
    [call] = demo.tools()
    assert call["status"] == "failed"
    assert call["content"][0]["content"]["text"]
    assert outside.read_text() == "untouched"
    assert demo.said() == "next"


def test_what_cannot_be_done_fails_the_call_alone(demo: DemoProcess, cwd: Path) -> None:
    (cwd / "folder").mkdir()
    script = (
        "read: missing.txt\ndelete: missing.txt\nwrite: folder x\nread: folder\nwrite:\nread:\nwrite: folder/a/b ok"
    )
    demo.run(demo.new(), script)
    assert [call["status"] for call in demo.tools()] == ["failed"] * 6 + ["completed"]


def test_a_long_file_is_not_shown_in_full(demo: DemoProcess, cwd: Path) -> None:
    (cwd / "long.txt").write_text("x" * 500_000)
    demo.run(demo.new(), "read: long.txt\nappend: long.txt y")
    read, added = demo.tools()
    assert len(read["content"][0]["content"]["text"]) < 201_000
    assert added["status"] == "completed"
    assert added["content"][0]["type"] == "content"
    assert (cwd / "long.txt").stat().st_size == 500_001
