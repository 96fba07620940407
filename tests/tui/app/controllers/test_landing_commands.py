"""When a landing is offered, and what taking one back says and offers."""

import pytest
from msgspec.structs import replace

from agor_core.domain.landing import Landing, LandingHook, LandingPlan, LandingStatus, SessionLanding
from agor_core.domain.session import Session, SessionRepo, SessionStatus
from agor_core.ids import LandingId, RepoId, SessionId
from agor_tui.app.controllers import landing_commands
from agor_tui.app.controllers.landing_commands import LAND, TAKE_BACK, LandingCommands
from agor_tui.app.dialogs.land import _options
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.controller_host import InstantLink, LedgerHost, PlainSubject

REPO = SessionRepo(cwd="/w", repo_id=RepoId("r"), repo_slug="api", worktree_id="w", managed_worktree=True)
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


def test_the_rivals_are_named() -> None:
    many = _options(replace(PLAN, rivals=(SessionId("o"),)), "The other attempt")
    assert [(option.value, option.note) for option in many][2] == ("rivals", "The other attempt")


class World:
    def __init__(self, session: Session) -> None:
        self.host = LedgerHost()
        self.daemon = of(session)
        self.controller = LandingCommands(self.host, InstantLink(self.host, self.daemon), PlainSubject(session))


@pytest.mark.parametrize(
    ("session", "reason"),
    [
        (SESSION, None),
        (replace(SESSION, status=SessionStatus.RUNNING), landing_commands.AT_WORK),
        (replace(SESSION, repo=SessionRepo(cwd="/")), landing_commands.OUTSIDE),
        (replace(SESSION, repo=replace(REPO, worktree_id=None)), landing_commands.NOT_BEGUN),
    ],
)
def test_when_it_is_offered(session: Session, reason: str | None) -> None:
    world = World(session)
    assert world.controller.offered(LAND) == reason
    assert world.controller.offered(TAKE_BACK) == landing_commands.NOT_LANDED


def test_taking_back_offers_a_commit_where_the_branch_has_moved_on() -> None:
    shown = SessionLanding(landing_id=LandingId("l"), target="main", after="a", landed_at="t")
    world = World(replace(SESSION, landed=shown))
    world.daemon.fails = "The branch main has moved on since, to 1234."
    world.controller.run(TAKE_BACK)
    world.daemon.fails, world.daemon.landing = None, replace(LANDING, status=LandingStatus.UNDONE, reverted_by="c" * 40)
    world.host.answer(True)
    assert [body["revert"] for _, _, body in world.daemon.asked("undo")] == [False, True]
    assert world.host.said == ["The landing in main is taken back, by the commit ccccccc."]
    world.daemon.fails = "Another git works there."
    world.controller.run(TAKE_BACK)
    assert world.host.said[-1] == "Another git works there."
