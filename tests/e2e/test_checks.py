"""Checks, searches and races without a screen, with the demo agent in a real repository."""

from tests.e2e.test_headless import Agor, agor

__all__ = ["agor"]


def test_a_check_a_search_and_a_race(agor: Agor) -> None:
    session = agor.json("session", "create", "--agent", "demo", "-p", "write: n.txt 1", "--wait")["session_id"]
    agor("session", "prompt", session, "write: n.txt 2", "--wait", "-q")
    failed = agor.json("session", "check", session, "--check", "cat n.txt; test $(cat n.txt) -lt 2", code=1)
    assert (failed["status"], failed["exit_code"], failed["tail"]) == ("failed", 1, "2")
    found = agor.json("session", "bisect", session, "--check", "test $(cat n.txt) -lt 2")
    assert found["first_bad"]["position"] == 2
    assert [(run["reason"], run["status"]) for run in found["runs"]] == [("bisect", "failed"), ("bisect", "passed")]
    race = agor.json("race", "write: r.txt x", "--agent", "demo", "--times", "2", "--check", "test -f r.txt", "--wait")
    tree = agor.json("session", "tree", race["session_ids"][1])
    assert tree["root_id"] == race["session_ids"][0]
    assert [attempt["check"]["status"] for attempt in tree["sessions"]] == ["passed", "passed"]
