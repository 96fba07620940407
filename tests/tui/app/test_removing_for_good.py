"""Removing a session for good in the app: what goes is listed, the safe answer comes first."""

from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from agor_core.domain.session import SessionRepo, SessionStatus
from agor_core.domain.standing import WorktreeStanding
from agor_core.ids import RepoId, WorktreeId
from agor_tui.app.controllers.removing_for_good import AT_WORK, REMOVE, SEVERAL, RemovingForGood, what_goes
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import WIDE, running

SEEN = WorktreeStanding(
    worktree_id=WorktreeId("w"), repo_id=RepoId("r"), name="work", path="/w", used_at="", there=True, branch="work",
    bytes=3 * 2**20, losses=("uncommitted: a\x1b[31m.txt", "2 commits: c, d"),
)  # fmt: skip
PLACE = SessionRepo(cwd="/w", repo_id=RepoId("r"), worktree_id=WorktreeId("w"), managed_worktree=True)


async def test_what_goes_is_listed_and_the_safe_answer_comes_first() -> None:
    gone, other = make.session("Old try", repo=PLACE), make.session("Other", minutes=50)
    daemon = FakeDaemon(gone, other)
    daemon.standing = SEEN
    async with running(daemon, WIDE) as driven:
        await driven.press("X")
        await driven.sees("Remove “Old try” for good?")
        for part in ("its worktree (3.0 MB), and its branch work.", "Lost: 2 commits: c, d"):
            assert part in driven.text
        assert "it can be brought back: u now, U later." in driven.text
        await driven.press("enter")
        assert daemon.asked("remove for good") == []
        await driven.press("X", "y")
        await driven.misses("Old try")
        assert "Removed Old try. For 14 days it can be brought back: u now, U later." in driven.toasts
        await driven.press("u")
        await driven.until(lambda: bool(daemon.asked("bring back")))
    assert daemon.asked("remove for good") == [("remove for good", gone.session_id, {"purge": "true", "force": "true"})]


async def test_without_losses_nothing_is_forced() -> None:
    daemon = FakeDaemon(make.session("Old try", repo=PLACE), make.session("Other", minutes=50))
    daemon.standing = replace(SEEN, losses=())
    async with running(daemon, WIDE) as driven:
        await driven.press("X")
        await driven.sees("No work is lost.")
        await driven.press("y")
        await driven.misses("Old try")
    assert daemon.ledger[-1][2] == {"purge": "true"}


def test_what_goes_in_words() -> None:
    assert what_goes(None) == ["Its conversation goes; the files in its folder stay."]
    assert what_goes(replace(SEEN, there=False)) == ["Its conversation goes, and its branch work."]
    assert what_goes(replace(SEEN, losses=(), problem="git is gone"))[1] == (
        "Nobody can tell what would be lost: git is gone"
    )


@pytest.mark.parametrize(
    ("sessions", "reason"),
    [
        ([make.session("A")], None),
        ([make.session("A"), make.session("B")], SEVERAL),
        ([make.session("A", status=SessionStatus.RUNNING)], AT_WORK),
        ([], "none"),
    ],
)
def test_when_it_is_offered(sessions, reason) -> None:
    selection: Any = SimpleNamespace(sessions=sessions, no_session="none")
    host: Any = None
    assert RemovingForGood(host, host, selection).offered(REMOVE) == reason
