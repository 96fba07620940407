"""Comments on the command line: where they are is parsed, what they say is cleaned, what is sent can be repeated."""

from collections.abc import Callable
from typing import Any

import pytest

from agor_core.domain.comment import CommentKind, CommentStatus, Side
from agor_tui.cli.reviews import _parsed
from tests.builders.app_records import session, task
from tests.builders.records import as_json, make_comment
from tests.fakes.scripted_daemon import ScriptedDaemon, Status, failure, page

Agor = Callable[..., Any]


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ("a.py:3", ("a.py", 3, 3)),
        ("a.py:3-5", ("a.py", 3, 5)),
        ("a.py", ("a.py", None, None)),
        ("c:/x:1:2", ("c:/x:1", 2, 2)),
        ("a:b", ("a:b", None, None)),
        (":3", (":3", None, None)),
        ("a\nb:3", ("a\nb", 3, 3)),
    ],
)
def test_places(given: str, place: tuple[str, int | None, int | None]) -> None:
    assert _parsed(given) == place


def test_a_list_looks_first_and_cleans_what_it_prints(daemon: ScriptedDaemon, agor: Agor) -> None:
    made = make_comment(
        "s",
        text="[bold]no\x1b[2J\nsecond",
        snippet="\n".join(f"line\x1b[31m {n}" for n in range(12)),
        end_line=14,
        kind=CommentKind.QUESTION,
        status=CommentStatus.STALE,
        side=Side.OLD,
        author="session:0190f3c4-7a1e-7c3b-9d2e-9d2e1c4b07aa",
    )
    daemon.answers["GET /sessions/s"] = {"session_id": "s"}
    daemon.answers["GET /sessions/s/review"] = Status(422, failure(422, "Unprocessable", "outside of git"))
    daemon.answers["GET /comments"] = page(as_json(made))
    ran = agor("review", "list", "s")
    assert (ran.code, "\x1b" in ran.out) == (0, False)
    _, first, *lines = ran.out.splitlines()
    assert first.split()[:4] == ["stale", made.short_id, "src/a.py:3-14", "(before)"]
    assert "agent 9d2e1c4b" in first
    assert lines[0] == "    3 line␛[31m 0"
    assert lines[8] == "    … 4 more lines"
    assert lines[9:] == ["    [bold]no", "    second"]
    assert agor("review", "list", "s", "--json").json == [as_json(made)]
    assert agor("review", "list", "s", "--status", "open").code == 0
    assert agor("review", "list", "s", "--status", "new").code == 2


def test_what_is_added_and_sent_has_ids_of_the_clients(daemon: ScriptedDaemon, agor: Agor) -> None:
    made = make_comment("s")
    daemon.answers["POST /comments"] = Status(201, as_json(made))
    ran = agor("review", "add", "s", "src/a.py:3", "why?", "--question", "--side", "old", "--json")
    assert ran.json == as_json(made)
    (body,) = [call.body for call in daemon.ledger if call.path == "/comments"]
    assert {**body, "comment_id": len(body["comment_id"])} == {
        "comment_id": 36, "session_id": "s", "path": "src/a.py", "side": "old", "start_line": 3, "end_line": 3,
        "text": "why?", "kind": "question", "task_id": None,
    }  # fmt: skip
    assert agor("review", "add", "s", "a:1", " ").code == 2
    daemon.answers["POST /sessions/s/send"] = Status(201, as_json(task(session())))
    assert agor("review", "send", "s", "--to", "other", "--json").code == 0
    sent = daemon.ledger[-1].body
    assert (sent["to"], len(sent["task_id"])) == ("other", 36)
    daemon.answers["PATCH /comments/c"] = as_json(made)
    assert agor("review", "resolve", "c", "--json").json == as_json(made)
    assert daemon.ledger[-1].body == {"status": "resolved"}
