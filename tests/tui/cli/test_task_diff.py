"""The changes of a task or a session: to read on a terminal, and piped as a patch that git takes, byte by byte."""

from collections.abc import Callable
from typing import Any

import pytest

from agor_core.domain.task import TaskGitState
from agor_tui.cli.output import Output
from tests.builders.records import as_json, make_task
from tests.fakes.scripted_daemon import Raw, ScriptedDaemon, Status, failure

Agor = Callable[..., Any]

PATCH = """\
diff --git a/a.txt b/b.txt
similarity index 60%
rename from a.txt
rename to b.txt
index 1..2 100644
--- a/a.txt
+++ b/b.txt
@@ -1,3 +1,3 @@
 one
--- two
+++ two\x1b[2J
+x\ry \u202e\u200b
-three
"""


@pytest.fixture(autouse=True)
def task(daemon: ScriptedDaemon) -> None:
    daemon.answers["GET /tasks/t"] = record()


def record(**state: Any) -> dict[str, Any]:
    return as_json(make_task("s", git_state=TaskGitState(**state)))


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Output, "terminal", True)


def answer(**more: Any) -> dict[str, Any]:
    return {"diff": PATCH, "cut": False, "diffstat": None, "files": [], "changes": [], **more}


@pytest.mark.usefixtures("terminal")
def test_on_a_terminal_every_character_is_shown(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["GET /tasks/t/diff"] = answer()
    assert agor("task", "diff", "t").out.splitlines() == [
        "1 file  +2  −2",
        "a.txt → b.txt  +2  −2",
        "@@ -1,3 +1,3 @@",
        "  one",
        "- -- two",
        "+ ++ two␛[2J",
        "+ x␍y <U+202E><U+200B>",
        "- three",
    ]


@pytest.mark.usefixtures("terminal")
def test_the_figures_are_of_the_whole_also_where_the_text_is_cut(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["GET /tasks/t/diff"] = answer(
        cut=True,
        diffstat={"files": 7, "insertions": 900, "deletions": 4},
        changes=[{"path": "b.txt", "insertions": 800, "deletions": 3}],
    )
    head, file, *_ = agor("task", "diff", "t").out.splitlines()
    assert (head, file) == ("7 files  +900  −4", "a.txt → b.txt  +800  −3")


def test_piped_the_bytes_are_those_of_git(daemon: ScriptedDaemon, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    from agor_tui.__main__ import main

    daemon.answers["GET /tasks/t/patch"] = Raw(b"+caf\xe9\x00\r\n\x1b[2J\n")
    assert main(["task", "diff", "t"]) == 0
    assert capfdbinary.readouterr().out == b"+caf\xe9\x00\r\n\x1b[2J\n"


def test_a_patch_that_ends_early_is_an_error(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["GET /tasks/t/patch"] = Raw(b"+a\n", broken=True)
    ran = agor("task", "diff", "t")
    assert (ran.code, ran.err) == (4, "The daemon went away before it answered; see: agor daemon status\n")
    daemon.answers["GET /tasks/t/patch"] = Status(404, failure(404, "NotFound", "No task has the id 't'."))
    assert agor("task", "diff", "t").code == 3


def test_nothing_changed(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["GET /tasks/t/patch"] = Raw(b"")
    ran = agor("task", "diff", "t")
    assert (ran.code, ran.out, ran.err) == (0, "", "Nothing changed.\n")


def test_what_no_difference_holds_is_named(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["GET /tasks/t/patch"] = Raw(b"+a\n")
    daemon.answers["GET /tasks/t"] = record(submodules=("vendor",), left_out=("big.iso",))
    assert agor("task", "diff", "t").err.splitlines() == [
        "Changes inside these submodules are not shown: vendor.",
        "Too large to be shown: big.iso.",
    ]


def test_a_session_in_pages(daemon: ScriptedDaemon, agor: Agor) -> None:
    point = {
        "session_id": "s",
        "point": "now",
        "commit": "c",
        "left_out": [],
        "submodules": ["s"],
        "note": "It is gone.",
    }
    kinds = {"status": "modified", "old_path": None, "old_mode": "100644", "new_mode": "100755"}
    start = {**point, "note": None, "left_out": ["a", "b", "c", "d"], "submodules": []}
    whole: dict[str, Any] = {"session_id": "s", "from": start, "to": point}
    whole |= {"diffstat": {"files": 2, "insertions": 3, "deletions": 4}, "cut": False}
    first = {"files": ["a"], "changes": [{"path": "a", "insertions": 3, "deletions": 4, **kinds}], "diff": "1\n"}
    binary = {**kinds, "status": "renamed", "old_path": "\x1b[1mb", "new_mode": "100644"}
    second = {
        "files": ["c"],
        "changes": [{"path": "c", "insertions": None, "deletions": None, **binary}],
        "diff": "2\n",
    }
    pages = [{**whole, **first, "next": 1}, {**whole, **second, "next": None}]
    daemon.answers["GET /sessions/s/diff"] = lambda call: pages[int(dict(call.query).get("skip", 0))]
    ran = agor("session", "diff", "s", "src", "--from", "task:1", "--json")
    assert (ran.json["files"], ran.json["diff"], ran.json["next"]) == (["a", "c"], "1\n2\n", None)
    ran = agor("session", "diff", "s", "--stat")
    assert ran.out.splitlines() == [
        "FILE",
        "a      +3  −4  mode 100644 → 100755",
        "b → c          renamed, binary",
        "2 files  +3  −4",
    ]
    assert ran.err.splitlines() == [
        "Too large to be shown: a, b, c and 1 more.",
        "It is gone.",
        "Changes inside these submodules are not shown: s.",
    ]
    daemon.answers["GET /sessions/s/patch"] = Raw(b"")
    said = agor("session", "diff", "s", "--to", "fork", "src").err.splitlines()
    assert (said[0], said[2]) == ("Nothing changed.", "It is gone.")
    assert daemon.ledger[-1].query == [("to", "fork"), ("path[]", ".git"), ("stat", "true")]
