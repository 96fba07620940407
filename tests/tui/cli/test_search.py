"""``agor search``: its requests and its output."""

from collections.abc import Callable
from typing import Any

from tests.fakes.scripted_daemon import ScriptedDaemon

Agor = Callable[..., Any]

HIT = {
    "service": "tasks",
    "kind": "task",
    "task_id": "0190f3c4-7a1e-7c3b-9d2e-9d2e1c4b07aa",
    "id": "0190f3c4-7a1e-7c3b-9d2e-9d2e1c4b07aa",
    "session_id": "0190f3c4-7a1e-7c3b-9d2e-aaaa1c4b07aa",
    "short_id": "aaaa1c4b",
    "title": "Fix\x1b[2J it",
    "excerpt": "the parser of",
    "created_at": "2026-01-31T09:05:00.000Z",
}


def test_it_asks_for_all_words_and_prints_a_line_for_each(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["GET /search"] = {"limit": 5, "data": [HIT]}
    ran = agor("search", "the", "parser", "--board", "main", "-n", "5")
    assert (ran.code, ran.err) == (0, "")
    assert all(part in ran.out for part in ("aaaa1c4b", "Fix", "the parser of"))
    assert "\x1b" not in ran.out
    asked = dict(daemon.ledger[-1].query)
    assert asked == {"q": "the parser", "limit": "5", "board": "main"}
    assert agor("search", "parser", "--json").json == [HIT]


def test_a_prompt_is_shown_once_and_each_says_what_it_is(daemon: ScriptedDaemon, agor: Agor) -> None:
    said = {**HIT, "service": "messages", "id": "m1"}
    tool = {**HIT, "service": "messages", "id": "m2", "kind": "tool", "excerpt": "ls"}
    answer = {**tool, "id": "m3", "kind": "message", "excerpt": "Done"}
    title = {**HIT, "service": "sessions", "id": HIT["session_id"], "kind": "title", "task_id": None}
    daemon.answers["GET /search"] = {"limit": 20, "data": [answer, tool, said, HIT, title]}
    _, *rows = agor("search", "parser").out.splitlines()
    assert [next(kind for kind in ("message", "tool", "task", "title") if kind in row) for row in rows] == [
        "message",
        "tool",
        "task",
        "title",
    ]
    assert len(agor("search", "parser", "--json").json) == 5


def test_nothing_found_is_said_beside_the_answer(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["GET /search"] = {"limit": 20, "data": []}
    ran = agor("search", "zzzz")
    assert (ran.code, ran.out, ran.err) == (0, "", "Nothing found.\n")
    assert agor("search", "zzzz", "--json").json == []


def test_words_are_needed(agor: Agor) -> None:
    assert agor("search").code == 2
