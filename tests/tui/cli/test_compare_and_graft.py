"""``agor compare`` and ``agor graft``: their requests, their output, their exit codes."""

from collections.abc import Callable
from typing import Any

import msgspec

from agor_core.domain.graft import ConflictKind, Graft, GraftConflict
from agor_core.ids import SessionId
from tests.builders import app_records as make
from tests.builders.comparisons import comparison
from tests.fakes.scripted_daemon import ScriptedDaemon, Status, failure

Agor = Callable[..., Any]
A, B = make.session("Rate limit the login"), make.session("Other\x1b[2J")
DONE = Graft(
    session_id=B.session_id,
    from_session_id=A.session_id,
    graft_id="g",
    written=("new", "both"),
    removed=("old",),
    merged=("both",),
)


def test_a_comparison_has_a_column_each_and_a_row_for_each_file(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["GET /compare"] = msgspec.to_builtins(comparison([A, B]))
    ran = agor("compare", "aaaa", "bbbb@task:2")
    assert (ran.code, ran.err) == (0, "")
    assert daemon.ledger[-1].query == [("sessions", "aaaa,bbbb@task:2")]
    assert all(
        part in ran.out for part in ("A demo", "B demo", "src/auth/login.py", "same as A", "with main", "passed")
    )
    assert "\x1b" not in ran.out
    assert agor("compare", "aaaa", "bbbb", "--json").json["files"][0]["in"][A.session_id]["insertions"] == 61
    assert agor("compare").code == 2
    assert agor("compare", "a/b").code == 2
    assert agor("compare", "aaaa", "--diff").code == 2
    assert agor("compare", "aaaa", "bbbb", "--stat").code == 2


def test_a_graft_says_what_it_did_and_how_it_is_undone(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["POST /sessions/bbbb/graft"] = msgspec.to_builtins(DONE)
    daemon.answers[f"GET /sessions/{B.session_id}"] = msgspec.to_builtins(B)
    ran = agor("graft", "aaaa", "src", "a.py:3-9", "a.py:20", "--into", "bbbb", "--at", "2", "--mark")
    asked = next(call for call in daemon.ledger if call.method == "POST")
    assert asked.body == {
        "from": "aaaa",
        "at": "task:2",
        "paths": ["src"],
        "lines": [{"path": "a.py", "lines": [[3, 9], [20, 20]]}],
        "on_conflict": "mark",
        "dry_run": False,
    }
    assert ran.out.splitlines() == [
        "1 file written",
        "  new",
        "1 file merged with what is there",
        "  both",
        "1 file removed",
        "  old",
    ]
    assert ran.err == f"This is undone by: agor graft --undo --into {B.session_id}\n"
    conflict = GraftConflict(path="x", kind=ConflictKind.LINES, reason=ConflictKind.LINES.phrase)
    seen = Graft(session_id=B.session_id, from_session_id=SessionId("a"), conflicts=(conflict,), dry_run=True)
    daemon.answers["POST /sessions/bbbb/graft"] = msgspec.to_builtins(seen)
    ran = agor("graft", "aaaa", ".", "--into", "bbbb", "--dry-run")
    assert ran.out == "1 file conflicts\n  x: both sessions changed the same lines\n"
    for wrong in (
        ("aaaa", "--into", "bbbb"),
        ("aaaa", ".", "--into", "bbbb", "--mark", "--take"),
        ("aaaa", "--undo", "--into", "bbbb"),
        ("aaaa", "."),
    ):
        assert agor("graft", *wrong).code == 2


def test_what_conflicts_is_refused_with_a_code_of_its_own(daemon: ScriptedDaemon, agor: Agor) -> None:
    refused = failure(409, "Conflict", "1 file conflicts.", conflicts=["x"])
    daemon.answers["POST /sessions/bbbb/graft"] = Status(409, refused)
    ran = agor("graft", "aaaa", ".", "--into", "bbbb")
    assert (ran.code, ran.out, ran.err) == (5, "", "1 file conflicts.\n")
