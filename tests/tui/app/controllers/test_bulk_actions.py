"""Bulk actions: which sessions are acted on, what is confirmed first, what is said."""

import pytest

from agor_core.domain.session import Session
from agor_tui.app.controllers.bulk_actions import ARCHIVE, COMPLETE, STOP, TO_BOARD, UNDO, BulkActions
from agor_tui.app.dialogs.confirm import Confirm
from agor_tui.app.dialogs.move_to_board import MoveToBoard
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.controller_host import InstantLink, LedgerHost, PlainSubject


class World:
    """A selection of sessions and the controller over it."""

    def __init__(self, *sessions: Session) -> None:
        self.host = LedgerHost()
        self.daemon = FakeDaemon(*sessions)
        self.subject = PlainSubject(*sessions)
        self.controller = BulkActions(self.host, InstantLink(self.host, self.daemon), self.subject)

    @property
    def dialog(self) -> Confirm:
        return self.host.dialogs[-1]


RUNNING, IDLE, DONE = (make.session(f"A {status} one", status=status) for status in ("running", "idle", "completed"))


@pytest.mark.parametrize(
    ("command", "sessions", "reason"),
    [
        (STOP, [RUNNING, IDLE], None),
        (STOP, [IDLE], "No task runs in “A idle one”."),
        (STOP, [IDLE, DONE], "No task runs in 2 sessions."),
        (COMPLETE, [IDLE, RUNNING], None),
        (COMPLETE, [RUNNING], "A task runs in “A running one”: stop it first."),
        (COMPLETE, [DONE], "“A completed one” is completed already."),
        (COMPLETE, [DONE, DONE], "2 sessions are completed already."),
        (ARCHIVE, [RUNNING], None),
        (TO_BOARD, [DONE], None),
        (UNDO, [IDLE], "Nothing to undo; U finds what was archived before."),
        *((command, [], "No session is selected.") for command in (STOP, COMPLETE, ARCHIVE, TO_BOARD)),
    ],
)
def test_an_action_that_is_not_available_says_why(command, sessions, reason) -> None:
    world = World(*sessions)
    assert world.controller.offered(command) == reason
    if reason is not None:
        assert world.controller.run(command) == reason
        assert not world.host.dialogs
        assert not world.daemon.ledger


def test_stop_asks_first_and_acts_on_those_at_work_only() -> None:
    world = World(RUNNING, IDLE)
    world.controller.run(STOP)
    assert world.dialog.heading == "Stop “A running one”?"
    assert not world.daemon.ledger
    world.host.answer(None)
    assert not world.daemon.ledger
    world.controller.run(STOP)
    world.host.answer(True)
    assert [(action, one) for action, one, _ in world.daemon.ledger] == [("stop", RUNNING.session_id)]
    assert world.subject.unmarked == 1


def test_one_session_is_completed_and_archived_at_once_several_after_a_question() -> None:
    world = World(IDLE)
    world.controller.run(COMPLETE)
    world.controller.run(ARCHIVE)
    assert [action for action, *_ in world.daemon.ledger] == ["complete", "remove"]
    assert world.host.said == ["Archived “A idle one”; u brings it back."]
    assert world.subject.gone == {IDLE.session_id}
    world = World(IDLE, RUNNING)
    world.controller.run(ARCHIVE)
    assert world.dialog.heading == "Archive 2 sessions?"
    assert not world.daemon.ledger
    world.host.answer(True)
    assert len(world.daemon.asked("remove")) == 2
    assert world.host.said == ["Archived 2 sessions; u brings them back."]


def test_undo_brings_back_the_latest_group_and_the_cursor_follows() -> None:
    world = World(IDLE, DONE)
    world.host.undo.push([RUNNING])
    world.controller.run(ARCHIVE)
    world.host.answer(True)
    world.controller.run(UNDO)
    assert [(one, body) for _, one, body in world.daemon.asked("patch")] == [
        (one.session_id, {"archived_at": None}) for one in (IDLE, DONE)
    ]
    assert world.subject.followed == [IDLE.session_id]
    assert world.host.said[-1] == "2 sessions are back."
    assert world.host.undo.pop() == (RUNNING,)


def test_undo_restores_the_open_session_that_was_archived_elsewhere() -> None:
    world = World(IDLE)
    world.host.undo.push([DONE])
    world.subject.sessions, world.subject.archived_elsewhere = [], IDLE
    assert world.controller.run(UNDO) is None
    assert [one for _, one, _ in world.daemon.asked("patch")] == [IDLE.session_id]
    assert world.host.undo.pop() == (DONE,)


def test_a_refusal_is_said_and_stops_the_action_for_no_other() -> None:
    world = World(IDLE, DONE)
    world.daemon.fails = "It is at work."
    world.controller.run(ARCHIVE)
    world.host.answer(True)
    assert len(world.daemon.asked("remove")) == 2
    assert world.host.said == ["2 of 2 not archived: It is at work."]
    assert not world.host.undo
    assert not world.subject.gone


def test_the_marks_are_cleared_once_the_sessions_are_moved() -> None:
    world = World(IDLE, DONE)
    world.controller.run(TO_BOARD)
    assert isinstance(world.host.dialogs[-1], MoveToBoard)
    world.host.answer(None)
    assert not world.subject.unmarked
    world.controller.run(TO_BOARD)
    world.host.answer({"session_id": IDLE.session_id})
    assert world.subject.unmarked == 1  # type: ignore[comparison-overlap]
