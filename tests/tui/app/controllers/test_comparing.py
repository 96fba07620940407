"""The commands of a comparison and of grafting, without a terminal."""

from types import SimpleNamespace

from msgspec.structs import replace

from agor_core.domain.graft import Graft
from agor_core.domain.session import SessionGenealogy
from agor_core.ids import RaceId, SessionId
from agor_tui.app.controllers import compare_sessions, comparing, grafting
from agor_tui.app.dialogs.graft import GraftForm, effect
from tests.builders import app_records as make
from tests.builders.comparisons import comparison
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.controller_host import InstantLink, LedgerHost

A, B, C = (make.session("Rate limit the login") for _ in range(3))
FOUND = comparison([A, B, C])
DONE = Graft(session_id=B.session_id, from_session_id=A.session_id, graft_id="g", written=("x", "y"), merged=("y",))


def view(column: int = 0, **given: object) -> SimpleNamespace:
    sessions = FOUND.sessions
    shown = {
        "compared": sessions[column],
        "others": (*sessions[column + 1 :], *sessions[:column]),
        "letters": {one.session_id: letter for one, letter in zip(sessions, "ABC", strict=True)},
        "file": FOUND.files[0],
        "to_graft": {"paths": ["x"], "what": "x"},
        "calls": [],
    }
    found = SimpleNamespace(**{**shown, **given})
    for name in ("move_column", "toggle_mark", "to_first", "read", "grafted"):
        setattr(found, name, lambda *given, name=name: found.calls.append((name, *given)))
    found.open_file = lambda *, against: found.calls.append(("open_file", against))
    return found


def test_what_is_not_there_is_not_offered() -> None:
    host, shown = LedgerHost(), view()
    controller = comparing.Comparing(host, shown)
    assert controller.run(comparing.OPEN) == comparing.NOT_HERE  # only the third session changed the first file
    assert controller.run(comparing.AGAINST) is None
    assert controller.run(comparing.RIGHT) is None
    assert controller.run(comparing.SESSION) is None
    assert shown.calls == [("open_file", True), ("move_column", 1)]
    assert host.ledger == [("open_session", A.session_id)]
    assert comparing.Comparing(host, view(compared=None)).run(comparing.MARK) == comparing.NOT_READ
    assert comparing.Comparing(host, view(file=None)).run(comparing.OPEN) == comparing.NO_FILE
    assert comparing.Comparing(host, view(others=())).run(comparing.AGAINST) == comparing.NO_OTHER


def test_a_graft_is_undone_in_the_session_that_got_it() -> None:
    host, done = LedgerHost(), list[SessionId]()
    daemon = FakeDaemon(A, B, C)
    daemon.graft = DONE
    link, shown = InstantLink(host, daemon), view()
    controller = grafting.Grafting(host, link, shown, done)
    assert controller.run(grafting.UNDO) == grafting.NOTHING_DONE
    assert grafting.Grafting(host, link, view(to_graft={}), done).run(grafting.GRAFT) == grafting.NOTHING
    assert grafting.Grafting(host, link, view(others=()), done).run(grafting.GRAFT) == grafting.NO_OTHER
    assert controller.run(grafting.GRAFT) is None
    assert isinstance(host.dialogs[-1], GraftForm)
    host.answer({"session_id": B.session_id, "from_session_id": A.session_id, "graft_id": "g", "written": ["x"]})
    assert host.said[-1] == "Grafted 1 file into B; u takes it back."
    assert done == [B.session_id]
    assert controller.run(grafting.UNDO) is None
    assert daemon.ledger == [("graft", B.session_id, {"undo": True})]
    assert (done, host.said[-1]) == ([], "Took the graft back: 2 files.")
    controller.run(grafting.GRAFT)
    host.answer({"session_id": B.session_id, "from_session_id": A.session_id})
    assert host.said[-1] == "Nothing to do: these changes are there already."


def test_the_form_says_what_a_graft_would_do() -> None:
    said = "".join(text for text, _ in effect(DONE))
    assert said.startswith("writes x; merges y; uncommitted; what is there is kept first")
    assert effect(replace(DONE, written=(), merged=()))[0][0] == "nothing: these changes are there already"


def test_marked_sessions_are_compared_or_those_of_a_race_or_forks() -> None:
    race = RaceId("race")
    runners = [replace(make.session("Race"), race_id=race) for _ in range(3)]
    source = make.session("Source")
    forks = [
        replace(make.session("Fork"), genealogy=SessionGenealogy(forked_from_session_id=source.session_id))
        for _ in range(2)
    ]
    host = LedgerHost()
    link = InstantLink(host, FakeDaemon(A, *runners, source, *forks))

    def compared(*chosen: object) -> object:
        host.ledger.clear()
        controller = compare_sessions.CompareSessions(host, link, SimpleNamespace(sessions=chosen))
        reason = controller.run(compare_sessions.COMPARE)
        return reason if reason is not None else set(host.ledger[0][1])

    assert compared(A) == compare_sessions.TOO_FEW
    assert compared() == compare_sessions.TOO_FEW
    assert compared(A, source) == {A.session_id, source.session_id}
    assert compared(runners[1]) == {one.session_id for one in runners}
    assert compared(forks[0]) == compared(source) == {one.session_id for one in (source, *forks)}
    assert compared(*[make.session("many") for _ in range(17)]) == compare_sessions.TOO_MANY
