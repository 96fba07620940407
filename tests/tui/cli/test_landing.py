"""``agor land``: what it says beforehand, what it does, and how it ends where that is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from agor_core.domain.landing import Landing, LandingHook, LandingPlan, LandingStatus, SessionLanding
from agor_core.domain.pull_request import Publication, PullRequest, PullRequestCheck, PullRequestStatus
from agor_core.ids import LandingId, RepoId, SessionId
from tests.builders.records import as_json, make_session, make_task
from tests.fakes.scripted_daemon import ScriptedDaemon, Status, failure, page

Agor = Callable[..., Any]
LAND = "POST /sessions/s/land"


def plan(**fields: Any) -> dict[str, Any]:
    given = {
        "session_id": SessionId("s"), "target": "main", "how": "squash", "before": "b" * 40, "head": "h", "ahead": 2,
        "behind": 1, "files": 3, "insertions": 4, "deletions": 1, "message": "Title\n\nbody\n", "worktree": "/w t",
        **fields,
    }  # fmt: skip
    return as_json(LandingPlan(**given))


def landing(**fields: Any) -> dict[str, Any]:
    given = {
        "landing_id": LandingId("l"), "session_id": SessionId("s"), "repo_id": RepoId("r"), "target": "main",
        "before": "b" * 40, "after": "a" * 40, "how": "squash", "message": "Title", "created_at": "2026-01-01",
        **fields,
    }  # fmt: skip
    return as_json(Landing(**given))


def bodies(daemon: ScriptedDaemon, key: str) -> list[Any]:
    return [call.body for call in daemon.ledger if str(call) == key]


def refusal(message: str) -> Status:
    return Status(409, failure(409, "Conflict", message))


def test_the_plan_is_a_line_a_fact(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers[LAND] = plan(
        uncommitted=("x.txt",), checked_out="/src/api", changed_there=2, signed=True, left_out=("vendor/",),
        hooks=(LandingHook(name="pre-commit", changed=True), LandingHook(name="commit-msg")),
    )  # fmt: skip
    assert agor("land", "s", "--dry-run").out.splitlines() == [
        "into       main  checked out in /src/api, 2 files changed there (not these)",
        "how        squash: one commit of everything (2 commits and 1 uncommitted file)",
        "merges     clean, 1 commit behind  3 files +4 −1",
        "left out   repositories inside of it: vendor/",
        "hooks      pre-commit (the session may have changed it), commit-msg  signed as your git does",
        "message    Title",
        "",
        "           body",
    ]
    assert bodies(daemon, LAND) == [{"how": "squash", "commit": False, "dry_run": True}]
    assert agor("land", "--dry-run", "--into", "x", "s", "--json").json["target"] == "main"


def test_it_lands_with_the_message_of_the_plan_and_says_the_ways_back(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers[LAND] = landing()
    one, other = (make_session(session_id=name, title=f"Session {name}", race_id="r") for name in ("s", "o"))
    daemon.answers |= {"GET /sessions/s": as_json(one), "GET /sessions": page(as_json(one), as_json(other))}
    ran = agor("land", "s")
    assert (ran.code, ran.out) == (0, "Landed in main at aaaaaaa.\n")
    assert ran.err.splitlines() == [
        "To take it back: agor land undo l",
        "To put away “Session s”: agor session archive s --release",
        "To put away “Session o”: agor session archive o --release",
    ]
    (asked,) = bodies(daemon, LAND)
    assert ("message" in asked, len(asked["landing_id"])) == (False, 36)


def test_a_refusal_has_its_exit_code_and_its_ways_out(daemon: ScriptedDaemon, agor: Agor) -> None:
    conflicting = Status(409, failure(409, "Conflict", "It conflicts with main in a.txt.", conflicts=["a.txt"]))
    daemon.answers[LAND] = lambda call: plan(conflicts=("a.txt",)) if call.body.get("dry_run") else conflicting
    ran = agor("land", "s")
    assert ran.code == 5
    assert ran.err.splitlines() == [
        "Let the agent bring main in: agor land s --resolve",
        "Or do it yourself: cd '/w t' && git merge main",
        "It conflicts with main in a.txt.",
    ]
    daemon.answers[LAND] = plan(conflicts=("a.txt",), uncommitted=("x",))
    daemon.answers["POST /sessions/s/prompt"] = as_json(make_task("s"))
    assert agor("land", "s", "--resolve").code == 0
    prompt = bodies(daemon, "POST /sessions/s/prompt")[0]["prompt"]
    assert "First commit what is uncommitted here. Bring it into this worktree by `git merge main`." in prompt
    assert "It conflicts in:\n- a.txt\n" in prompt


@pytest.mark.parametrize("given", ["l", "s"])
def test_undoing_by_the_landing_or_its_session(daemon: ScriptedDaemon, agor: Agor, given: str) -> None:
    shown = SessionLanding(landing_id=LandingId("l"), target="main", after="a", landed_at="t")
    daemon.answers["GET /sessions/s"] = as_json(make_session(session_id="s", landed=shown))
    daemon.answers["GET /landings/l"] = landing()
    daemon.answers["POST /landings/l/undo"] = [refusal("Moved on; ask for a revert.")]
    ran = agor("land", "undo", given)
    assert (ran.code, ran.err) == (5, "Moved on; say --revert.\n")
    daemon.answers["POST /landings/l/undo"] = landing(status=LandingStatus.UNDONE, reverted_by="c" * 40)
    assert agor("land", "undo", given, "--revert").out == "The landing in main is taken back, by the commit ccccccc.\n"
    assert [body["revert"] for body in bodies(daemon, "POST /landings/l/undo")] == [False, True]
    assert agor("land", "undo", given, "--revert", "--keep").code == 2


def test_what_never_landed_cannot_be_undone(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["GET /sessions/s"] = as_json(make_session(session_id="s"))
    assert agor("land", "undo", "s").code == agor("land", "undo", "none").code == 3


def publication(**fields: Any) -> dict[str, Any]:
    given = {
        "session_id": SessionId("s"), "branch": "work", "target": "main", "remote": "origin", "title": "Title",
        "body": "why", "commands": ("git push origin work",), **fields,
    }  # fmt: skip
    return as_json(Publication(**given))


REQUEST = PullRequest(
    url="https://github.com/o/r/pull/7", program="gh", number=7, seen_at="t",
    checks=(PullRequestCheck(name="test", state="failed"), PullRequestCheck(name="lint", state="passed")),
)  # fmt: skip


def test_a_pull_request_and_its_checks(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["POST /sessions/s/publish"] = publication(program="gh", pull_request=REQUEST, url=REQUEST.url)
    shown = f"{REQUEST.url}  pull request 7 open, 1 of 2 checks passed\n  failed   test\n  passed   lint\n"
    assert agor("pr", "create", "s", "--title", "T", "--draft").out == shown
    assert bodies(daemon, "POST /sessions/s/publish")[0] == {
        "title": "T", "draft": True, "commit": False, "dry_run": False,
    }  # fmt: skip
    assert agor("pr", "create", "s", "--json").json["url"] == REQUEST.url
    status = PullRequestStatus(session_id=SessionId("s"), pull_request=REQUEST, check="test", log="1 failed\x1b[31m\n")
    daemon.answers["POST /sessions/s/pull_request"] = as_json(status)
    assert agor("pr", "status", "s", "--log").out == f"{shown}1 failed\n\n"
    daemon.answers["POST /sessions/s/prompt"] = as_json(make_task("s"))
    assert agor("pr", "status", "s", "--send").code == 0
    assert "The check of your pull request failed: test." in bodies(daemon, "POST /sessions/s/prompt")[0]["prompt"]
    assert [body.get("log") for body in bodies(daemon, "POST /sessions/s/pull_request")] == ["", ""]


def test_without_gh_and_glab_the_commands_are_printed(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["POST /sessions/s/publish"] = publication()
    ran = agor("pr", "create", "s")
    assert (ran.code, ran.err.splitlines()[1:]) == (1, ["  git push origin work"])
    daemon.answers["POST /sessions/s/publish"] = refusal("There is uncommitted work.")
    assert agor("pr", "create", "s").code == 5
