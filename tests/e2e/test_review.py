"""A review from end to end: a person and a reviewing agent comment, the work goes on, a restart, a fork gets it all."""

import sys

from tests.e2e.test_headless import Agor, agor

__all__ = ["agor"]


def test_a_review_by_a_person_and_an_agent_goes_to_a_fork(agor: Agor) -> None:
    made = agor.json("session", "create", "--agent", "demo", "--prompt", r"write: a.txt 1\n2\n3\n", "--wait")
    work = made["short_id"]
    moved = agor.json("review", "add", work, "a.txt:2", "why two?", "--question")
    stale = agor.json("review", "add", work, "a.txt:3", "three is too many")
    asks = f"run: {sys.executable} -m agor_tui review add {work} a.txt:1-2 'say: seen by a reviewer'"
    reviewer = agor.json("session", "create", "--agent", "demo", "--prompt", asks, "--wait")
    fork = agor.json("session", "fork", work)
    agor("session", "prompt", work, "run: sed -i '1i 0' a.txt && sed -i 's/^3$/three/' a.txt", "--wait")
    agor("daemon", "stop")
    listed = {one["comment_id"]: one for one in agor.json("review", "list", work)}
    theirs = next(one for one in listed.values() if one["author"] == f"session:{reviewer['session_id']}")
    assert [listed[one["comment_id"]]["status"] for one in (moved, stale, theirs)] == ["open", "stale", "open"]
    assert [theirs["start_line"], theirs["end_line"], theirs["snippet"]] == [2, 3, "1\n2"]
    assert listed[moved["comment_id"]]["start_line"] == 3
    assert agor.json("session", "show", work)["review"] == {"comments": 2, "unread": 1, "hunks": 1}
    task = agor.json("review", "send", work, "--to", fork["short_id"], "--wait")
    assert (task["session_id"], task["status"]) == (fork["session_id"], "completed")
    assert "1. a.txt:3 (question)\n```\n2\n```\nwhy two?" in task["full_prompt"]
    agor("review", "send", work, code=1)
    agor("review", "resolve", theirs["short_id"])
    sent = {one["comment_id"]: one for one in agor.json("review", "list", work)}
    assert [sent[one["comment_id"]]["status"] for one in (moved, stale, theirs)] == ["sent", "stale", "resolved"]
    assert sent[moved["comment_id"]]["sent_in_task_id"] == task["task_id"]
