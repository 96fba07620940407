"""Checks, searches and races without a screen, with the demo agent in a real repository."""

from tests.e2e.test_headless import Agor, agor

__all__ = ["agor"]


def test_a_check_a_search_and_a_race(agor: Agor) -> None:
    session = agor.json("session", "create", "--agent", "demo", "-p", "write: n.txt 1", "--wait")["session_id"]
    for number in (2, 3, 4):
        agor("session", "prompt", session, f"write: n.txt {number}", "--wait", "-q")
    failed = agor.json("session", "check", session, "--check", "cat n.txt; test $(cat n.txt) -lt 3", code=1)
    assert (failed["status"], failed["exit_code"], failed["tail"]) == ("failed", 1, "4")
    passed = agor.json("session", "check", session, "--check", "cat n.txt; test $(cat n.txt) -lt 3", "--at", "2")
    assert (passed["status"], passed["exit_code"], passed["tail"]) == ("passed", 0, "2")
    assert agor("session", "check", session, "--log") == "2"
    found = agor.json("session", "bisect", session, "--check", "test $(cat n.txt) -lt 3")
    assert (found["first_bad"]["position"], len(found["runs"])) == (3, 2)
    assert {run["reason"] for run in found["runs"]} == {"bisect"}
    agor("session", "check", session, code=1)
    race = agor.json("race", "write: r.txt x", "--agent", "demo", "--times", "2", "--check", "test -f r.txt", "--wait")
    assert len(race["session_ids"]) == 2
    shown = [agor.json("session", "show", one)["check"]["status"] for one in race["session_ids"]]
    assert shown == ["passed", "passed"]
    assert agor.json("session", "tree", race["session_ids"][1])["root_id"] == race["session_ids"][0]
    agor("race", "write: r.txt x", "--agent", "demo", "--check", "false", "--wait", "-q", code=1)
