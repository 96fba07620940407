"""The page of a landing, what it offers as things stand, and what the app says afterwards."""

from msgspec.structs import replace

from agor_core.domain.landing import Landing, LandingHook, LandingPlan
from agor_core.domain.pull_request import Publication, PullRequest, PullRequestCheck, PullRequestStatus
from agor_core.domain.session import Session, SessionRepo, SessionStatus
from agor_core.ids import LandingId, RepoId
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import NARROW, WIDE, running

REPO = SessionRepo(cwd="/w", repo_id=RepoId("r"), repo_slug="api", worktree_id="w", managed_worktree=True)  # type: ignore[arg-type]
SESSION = replace(make.session("Rate limit"), status=SessionStatus.IDLE, repo=REPO)
PLAN = LandingPlan(
    session_id=SESSION.session_id, target="main", how="squash", before="b", head="h", ahead=2, behind=1, files=3,
    insertions=4, deletions=1, message="Rate limit\n\nby account\n", worktree="/w", checked_out="/src/api",
    hooks=(LandingHook(name="pre-commit", changed=True),),
)  # fmt: skip
LANDING = Landing(
    landing_id=LandingId("l"), session_id=SESSION.session_id, repo_id=RepoId("r"), target="main", before="b",
    after="a" * 40, how="squash", message="m", created_at="t",
)  # fmt: skip


def of(session: Session = SESSION) -> FakeDaemon:
    daemon = FakeDaemon(session)
    daemon.plan, daemon.landing = PLAN, LANDING
    return daemon


async def test_everything_is_known_before_anything_moves() -> None:
    daemon = of()
    async with running(daemon, NARROW) as driven:
        await driven.press("L")
        for text in ("Land “Rate limit”", "checked out in /src/api", "clean, 1 commit behind", "by account"):
            await driven.sees(text)
        await driven.sees("pre-commit (the session may have changed it)")
        await driven.press("right", "enter")
        assert driven.toasts == ["Landed in main at aaaaaaa. Archived “Rate limit”; u brings it back."]
    (_, _, planned), (_, _, asked) = daemon.asked("land")
    assert planned == {"how": "squash", "commit": False, "dry_run": True}
    assert {name: asked[name] for name in ("how", "message")} == {
        "how": "squash",
        "message": "Rate limit\n\nby account",
    }
    assert len(asked["landing_id"]) == 36
    assert [entry[:2] for entry in daemon.ledger[-2:]] == [("remove", SESSION.session_id), ("let go", "w")]


async def test_where_it_conflicts_the_agent_may_resolve_it() -> None:
    daemon = of()
    daemon.plan = replace(PLAN, conflicts=("src/a.py",))
    async with running(daemon, WIDE) as driven:
        await driven.press("L")
        await driven.sees("conflicts in src/a.py")
        await driven.sees("let the agent resolve it")
        await driven.press("enter")
        assert driven.toasts == ["The agent brings the branch in and resolves what conflicts; then land again."]
    ((_, _, prompt),) = daemon.asked("prompt")
    assert "- src/a.py" in prompt["prompt"]


async def test_an_obstacle_is_said_and_nothing_is_asked() -> None:
    daemon = of()
    daemon.plan = replace(PLAN, obstacle="There is nothing to land: main has all of it.")
    async with running(daemon, WIDE) as driven:
        await driven.press("L")
        await driven.sees("nothing to land")
        await driven.press("enter")
        assert len(daemon.asked("land")) == 1
        assert "Land “Rate limit”" in driven.text


async def test_a_branch_is_published_and_a_failing_check_sent_to_the_agent() -> None:
    daemon = of()
    planned = Publication(
        session_id=SESSION.session_id, branch="limit", target="main", remote="origin", program="gh", title="Limit",
        body="by account", uncommitted=("x.txt",),
    )  # fmt: skip
    request = PullRequest(url="https://h/o/r/pull/7", program="gh", number=7, seen_at="t")
    failed = replace(request, checks=(PullRequestCheck(name="test", state="failed"),))
    daemon.publication = planned
    async with running(daemon, NARROW) as driven:
        await driven.press("H")
        for text in ("Publish “Rate limit”", "limit  to origin, by gh; commits first: x.txt", "by account"):
            await driven.sees(text)
        daemon.publication = replace(planned, pull_request=request, url=request.url)
        await driven.press("enter")
        assert driven.toasts[-1] == "https://h/o/r/pull/7: pull request 7 open"
        daemon.request_status = PullRequestStatus(
            session_id=SESSION.session_id, pull_request=failed, check="test", log="1 failed"
        )
        await driven.press("H")
        await driven.sees("send the failing check to the agent")
        await driven.press("enter")
        assert driven.toasts[-1] == "The agent has the log of test."
    asked = daemon.asked("publish")[1][2]
    assert asked == {"into": "main", "title": "Limit", "body": "by account", "draft": False, "commit": True}
    assert "1 failed" in daemon.asked("prompt")[0][2]["prompt"]
