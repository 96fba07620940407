"""How the open session's files stand: in the first line, in the side and the folded line; looked at when it counts."""

from types import SimpleNamespace
from typing import cast

from msgspec.structs import replace

from agor_core.domain.figures import Diffstat
from agor_core.domain.session import Session
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.session_look import SessionLook
from agor_tui.app.widgets import session_lines, standing_lines
from agor_tui.app.widgets.lines import plain
from agor_tui.state.glyphs import ASCII, UNICODE
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.controller_host import InstantLink, LedgerHost

SESSION = make.session("One", added=120, removed=8, dirty=True, branch="feat/one")
SEEN = make.look(SESSION, path="/worktrees/api/feat-one", ahead=2, behind=1, uncommitted=3)


def test_the_first_line_and_the_side() -> None:
    first = plain(session_lines.location(SESSION, "main", UNICODE, SEEN))
    assert first.endswith("feat/one* ↑2 ↓1 · +120 −8 in 2 files · /worktrees/api/feat-one")
    narrow = plain(session_lines.location(SESSION, "main", UNICODE, SEEN, 80))
    assert narrow == "main / One   demo · feat/one* ↑2 ↓1 · +120 −8"
    assert "feat/one* ^2 v1" in plain(session_lines.location(SESSION, "main", ASCII, SEEN))
    assert [plain(line) for line in standing_lines.side(SESSION, SEEN, UNICODE, 30)] == [
        "feat/one* ↑2 ↓1",
        "2 ahead, 1 behind main",
        "3 files uncommitted",
        "+120 −8 in 2 files",
        "/worktrees/api/feat-one",
    ]
    clean = make.look(SESSION, ahead=0, behind=0, uncommitted=0, problem="The folder is away.")
    lines = [plain(line) for line in standing_lines.side(SESSION, clean, UNICODE, 60)]
    assert lines[1:3] == ["level with main", "all is committed"]
    assert "The folder is away." in lines


def test_while_the_agent_works_the_look_is_newer_than_the_record() -> None:
    at_work = replace(SESSION, status="running")
    seen = replace(SEEN, diffstat=Diffstat(files=3, insertions=130, deletions=8))
    assert plain(standing_lines.changed(at_work, seen, UNICODE)) == "+130 −8 in 3 files"
    assert plain(standing_lines.changed(SESSION, seen, UNICODE)) == "+120 −8 in 2 files"


def test_before_the_first_look_the_record_says_what_it_can() -> None:
    assert [plain(line) for line in standing_lines.side(SESSION, None, UNICODE, 60)] == [
        "feat/one*",
        "+120 −8 in 2 files since a4f2e91",
        "/project",
    ]


def test_it_is_looked_at_when_a_task_begins_or_ends_and_while_the_agent_works() -> None:
    host, daemon = LedgerHost(), FakeDaemon(SESSION)
    link, shown = InstantLink(host, daemon), []
    subject = SimpleNamespace(session=SESSION)
    look = SessionLook(cast("DaemonLink", link), subject, lambda: shown.append(look.standing))
    look.follow()
    look.follow()
    assert shown == [make.look(SESSION)]
    link.held = []
    look.while_at_work(shown=True)
    assert link.held == []
    at_work: Session = replace(SESSION, status="running")
    subject.session = replace(at_work, current=replace(SESSION.current, status="running"))  # type: ignore[type-var]
    look.follow()
    look.while_at_work(shown=True)
    look.while_at_work(shown=False)
    assert len(link.held) == 1
    daemon.looks[SESSION.session_id] = SEEN
    link.held.pop()()
    assert len(link.held) == 1
    daemon.fails = "It hangs."
    assert shown[-1] == SEEN
    subject.session = None
    look.look()
    assert len(link.held) == 1
