"""The list of worktrees: what is asked before anything goes, and what is then done."""

import pytest
from msgspec.structs import replace

from agor_core.domain.repo import Repo
from agor_core.domain.session import Session, SessionRepo, SessionStatus
from agor_core.domain.standing import DiskUse, WorktreeStanding
from agor_core.ids import RepoId, WorktreeId
from agor_tui.app.controllers import session_upkeep, worktree_list
from agor_tui.app.controllers.session_upkeep import LettingGo
from agor_tui.app.controllers.session_upkeep import SessionRepo as RepoCommand
from agor_tui.app.controllers.worktree_list import WorktreeList
from agor_tui.app.widgets.worktree_rows import WorktreeRows
from agor_tui.state.worktree_list import WorktreeRow, chosen, worktree_rows
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.controller_host import InstantLink, LedgerHost


def standing(name: str, **fields: object) -> WorktreeStanding:
    given = {"bytes": 1024, "there": True, "branch": name, **fields}
    return WorktreeStanding(
        worktree_id=WorktreeId(name), repo_id=RepoId("r"), name=name, path=f"/w/{name}", used_at="", **given
    )


def worker(title: str, tree: str, **fields: object) -> Session:
    place = SessionRepo(cwd=f"/w/{tree}", repo_id=RepoId("r"), worktree_id=WorktreeId(tree), managed_worktree=True)
    return replace(make.session(title), repo=place, **fields)


class Table:
    """Rows of which some are marked; counts the looks."""

    def __init__(self, *rows: WorktreeRow) -> None:
        self.rows = rows
        self.looks = 0

    @property
    def selected(self) -> WorktreeRow | None:
        return self.rows[0] if self.rows else None

    @property
    def chosen(self) -> object:
        return chosen(self.rows, self.selected)

    def mark(self) -> None:
        raise NotImplementedError

    def look(self) -> None:
        self.looks += 1


def commanded(table: Table, *sessions: Session) -> tuple[WorktreeList, LedgerHost, FakeDaemon]:
    host, daemon = LedgerHost(), FakeDaemon(*sessions)
    return WorktreeList(host, InstantLink(host, daemon), table), host, daemon


def rows(*sessions: Session, marked: tuple[str, ...] = (), **fields: object) -> list[WorktreeRow]:
    trees = tuple(standing(name, **fields) for name in ("one", "two"))
    disk = DiskUse(measured_at="", home="", total_bytes=0, areas={}, worktrees=trees)
    return worktree_rows(disk, sessions, {RepoId("r"): "api"}, marked)


def test_several_are_named_and_let_go_with_what_no_checkpoint_holds() -> None:
    first, second = worker("First", "one"), worker("Second", "two")
    listed = rows(first, second, marked=("one", "two"), losses=("untracked: a", "2 commits: b", "ignored: .env"))
    table = Table(*listed)
    control, host, daemon = commanded(table, first, second)
    assert control.run(worktree_list.LET_GO) is None
    (dialog,) = host.dialogs
    assert dialog.heading == "Let go of 2 worktrees, 2.0 KB?"
    assert [line for line in dialog._losses if line.startswith("Lost")] == [
        "Lost: First: ignored: .env", "Lost: Second: ignored: .env"
    ]  # fmt: skip
    assert daemon.ledger == []
    host.answer(True)
    assert daemon.asked("let go") == [("let go", name, {"force": True}) for name in ("one", "two")]
    assert (host.said, table.looks) == (["2 worktrees gone."], 1)


def test_removing_takes_the_sessions_along_and_says_what_is_lost() -> None:
    only = worker("First", "one")
    control, host, daemon = commanded(Table(*rows(only, losses=("ignored: .env",))), only)
    control.run(worktree_list.REMOVE)
    assert "Lost: First: ignored: .env" in host.dialogs[0]._losses
    host.answer(None)
    assert daemon.ledger == []
    control.run(worktree_list.REMOVE)
    host.answer(True)
    assert daemon.asked("remove for good") == [("remove for good", only.session_id, {"purge": "true", "force": "true"})]


@pytest.mark.parametrize(
    ("listed", "command", "reason"),
    [
        ([], worktree_list.LET_GO, worktree_list.NONE),
        (rows(), worktree_list.LET_GO, worktree_list.NOBODY),
        (rows(), worktree_list.OPEN, worktree_list.NO_SESSION),
        (rows(worker("A", "one"), there=False), worktree_list.LET_GO, worktree_list.NOT_THERE),
        (rows(worker("A", "one", status=SessionStatus.RUNNING)), worktree_list.REMOVE, worktree_list.AT_WORK),
    ],
)
def test_why_a_command_is_not_available(listed: list[WorktreeRow], command: object, reason: str) -> None:
    control, _, _ = commanded(Table(*listed))
    assert control.offered(command) == reason


def test_the_worktree_of_what_was_just_archived_goes() -> None:
    session = worker("First", "one")
    host, daemon = LedgerHost(), FakeDaemon(session)
    control = LettingGo(host, InstantLink(host, daemon))
    assert control.offered(session_upkeep.LET_GO) == session_upkeep.NOTHING_ARCHIVED
    host.undo.push((session,), removed=True)
    assert control.offered(session_upkeep.LET_GO) == session_upkeep.NOTHING_ARCHIVED
    host.undo.push((session,))
    assert control.run(session_upkeep.LET_GO) is None
    assert daemon.asked("let go") == [("let go", "one", {})]


def test_the_settings_of_the_sessions_repository_are_saved() -> None:
    session = worker("First", "one")
    host, daemon = LedgerHost(), FakeDaemon(session)
    daemon.repos.append(Repo(
        repo_id=RepoId("r"), short_id="r", slug="api", name="api", remote_url=None, local_path="/src/api",
        default_branch="main", created_at="", updated_at="",
    ))  # fmt: skip

    class Chosen:
        no_session = session_upkeep.OUTSIDE

        def __init__(self, one: Session | None) -> None:
            self.session = one

    link = InstantLink(host, daemon)
    assert RepoCommand(host, link, Chosen(replace(session, repo=SessionRepo(cwd="/w")))).run(session_upkeep.REPO)
    assert RepoCommand(host, link, Chosen(session)).run(session_upkeep.REPO) is None
    (form,) = host.dialogs
    form._fields["setup"].value = "make setup"
    form._fields["include"].value = ".env  *.local"
    assert form.body() == {"settings": {
        "base": None, "branch_prefix": None, "include": [".env", "*.local"], "setup": "make setup", "teardown": None,
        "check": None,
    }}  # fmt: skip


def test_the_columns_are_aligned() -> None:
    table = WorktreeRows()
    for width in (80, 120):
        listed = rows(worker("A title that is much too long for any column there may be", "one"))
        drawn = ["".join(text for text, _ in table._columns(row, width - 3)) for row in listed]
        assert {len(text) for text in drawn} == {width - 3}
        heading = "".join(text for text, _ in table.heading(width))
        assert heading.index("STATE") - 2 == drawn[0].index("open")
