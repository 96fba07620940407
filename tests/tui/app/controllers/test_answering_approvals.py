"""Answers to approvals: each is for the question in view, and only once it can have been read."""

from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from agor_core.domain.approval import Approval, ApprovalOption
from agor_tui.app.controllers.answering_approvals import (
    ALLOW,
    ALWAYS,
    DENY,
    NO_SUCH_OPTION,
    OPTIONS,
    REASON,
    TOO_SOON,
    AnsweringApprovals,
)
from agor_tui.app.controllers.kept_grants import GRANTS, NONE, TAKEN_BACK, KeptGrants
from agor_tui.app.controllers.open_question import HELD_SECONDS, SEEN_SECONDS
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.controller_host import InstantLink, LedgerHost


class View:
    """Shows one question, or none; ``rest`` counts the windows of it that were not in view yet."""

    def __init__(self) -> None:
        self.asks = True
        self.question: Approval | None = None
        self.in_view = True
        self.rest = 0
        self.moved_on: list[str] = []

    def question_in_view(self, question: Approval) -> bool:
        return self.in_view

    def reveal_question(self, question: Approval) -> None:
        self.in_view = True

    def leaves_out(self, question: Approval) -> bool:
        return self.rest > 0

    def read_on(self, question: Approval) -> bool:
        self.rest -= 1
        return self.rest >= 0

    def answered(self, session_id: str) -> None:
        self.moved_on.append(session_id)


class World:
    """Two questions of one session; the first is in view."""

    def __init__(self) -> None:
        session = make.session("One", status="awaiting_permission", asks="x")
        self.first, self.second = make.approval(session), make.approval(session, "make install")
        self.host, self.view = LedgerHost(), View()
        self.daemon = FakeDaemon(session, self.first, self.second)
        self.link = InstantLink(self.host, self.daemon)
        self.controller = AnsweringApprovals(self.host, self.link, self.view)
        self.show(self.first)

    def show(self, question: Approval | None, *, active: bool = True, below_dialog: bool = False) -> None:
        self.view.question = question
        self.controller.observe(active=active, below_dialog=below_dialog)

    def wait(self, seconds: float = 1.0) -> None:
        self.host.clock.passed += seconds

    @property
    def answers(self) -> list[tuple[str, str]]:
        return [(identifier, body["decision"]) for _, identifier, body in self.daemon.asked("patch")]


@pytest.mark.parametrize(("command", "decision"), [(ALLOW, "allow"), (ALWAYS, "always"), (DENY, "deny")])
def test_each_key_gives_its_answer_and_the_view_moves_on(command, decision) -> None:
    world = World()
    world.wait()
    assert world.controller.run(command) is None
    assert world.answers == [(world.first.approval_id, decision)]
    assert world.view.moved_on == [world.first.session_id]


def test_where_nothing_is_asked_it_says_so() -> None:
    world = World()
    world.view.asks = False
    assert str(world.controller.run(ALLOW)).startswith("Nothing is asked here; ! goes to")
    assert not world.answers


def test_a_key_that_comes_too_soon_is_no_answer_and_is_told_once() -> None:
    world = World()
    world.wait(SEEN_SECONDS - 0.01)
    world.controller.run(ALLOW)
    world.wait(HELD_SECONDS - 0.01)
    world.controller.run(ALLOW)
    assert not world.answers
    assert world.host.said == [TOO_SOON]
    world.wait(HELD_SECONDS)
    world.controller.run(ALLOW)
    assert len(world.answers) == 1


def test_a_key_that_is_held_down_answers_one_question() -> None:
    world = World()
    world.wait()
    world.controller.run(ALLOW)
    world.show(world.second)
    for _ in range(20):
        world.wait(0.12)
        world.controller.run(ALLOW)
    assert world.answers == [(world.first.approval_id, "allow")]


def test_another_question_of_the_same_session_begins_its_time_anew() -> None:
    world = World()
    world.wait()
    world.show(world.second)
    world.controller.run(ALLOW)
    assert not world.answers
    world.wait()
    world.controller.run(ALLOW)
    assert world.answers == [(world.second.approval_id, "allow")]


@pytest.mark.parametrize("below_dialog", [False, True])
def test_a_question_that_came_under_another_screen_has_not_been_seen(below_dialog: bool) -> None:
    world = World()
    world.show(world.second, active=False, below_dialog=below_dialog)
    world.wait(10)
    world.show(world.second)
    world.controller.run(ALLOW)
    assert not world.answers


def test_a_question_that_was_in_view_stays_seen_below_a_dialog_only() -> None:
    world = World()
    world.wait()
    world.show(world.first, active=False, below_dialog=True)
    world.controller.run(ALLOW)
    assert len(world.answers) == 1
    world = World()
    world.wait()
    world.show(world.first, active=False)
    world.show(world.first)
    world.controller.run(ALLOW)
    assert not world.answers


def test_a_question_out_of_view_is_revealed_first() -> None:
    world = World()
    world.view.in_view = False
    world.wait()
    world.controller.run(ALLOW)
    assert not world.answers
    world.wait()
    world.controller.run(ALLOW)
    assert len(world.answers) == 1


def test_a_long_question_is_read_to_its_end_before_it_is_allowed_but_can_be_denied() -> None:
    world = World()
    world.view.rest = 2
    for _ in range(2):
        world.wait()
        world.controller.run(ALLOW)
        assert not world.answers
    world.view.rest = 5
    world.wait()
    world.controller.run(DENY)
    assert world.answers == [(world.first.approval_id, "deny")]


def test_an_answer_in_flight_is_not_given_twice_and_a_refused_one_can_be_given_again() -> None:
    world = World()
    world.daemon.fails = "Not now."
    world.link.held = []
    for _ in range(3):
        world.wait()
        world.controller.run(ALLOW)
    (send,) = world.link.held
    send()
    assert world.host.said == ["Not now."]
    world.link.held, world.daemon.fails = None, None
    world.wait()
    world.controller.run(DENY)
    assert world.answers[-1] == (world.first.approval_id, "deny")


def test_nothing_is_answered_in_a_window_that_is_too_small_to_show_it() -> None:
    world = World()
    world.host.too_small = True
    world.wait()
    world.controller.run(ALLOW)
    assert not world.answers


def test_an_option_of_the_agent_has_its_number_where_letters_are_not_enough() -> None:
    world = World()
    world.wait()
    assert world.controller.run(OPTIONS[0]) == NO_SUCH_OPTION
    more = ApprovalOption(id="rule", name="For all that begin so", kind="allow_always", writes="writes a rule")
    world.show(replace(world.first, options=(*world.first.options, more)))
    assert world.controller.run(OPTIONS[4]) == NO_SUCH_OPTION
    assert world.controller.run(OPTIONS[3]) is None
    assert world.answers == [(world.first.approval_id, "rule")]


def test_an_option_that_allows_waits_until_all_of_the_question_was_in_view() -> None:
    world = World()
    world.wait()
    more = ApprovalOption(id="other", name="No, and stop", kind="reject_once")
    world.show(replace(world.first, options=(*world.first.options, more)))
    world.view.rest = 1
    world.controller.run(OPTIONS[0])
    assert not world.answers
    world.wait()
    world.controller.run(OPTIONS[3])
    assert world.answers == [(world.first.approval_id, "other")]


def test_a_refusal_with_a_reason_is_for_the_question_in_view() -> None:
    world = World()
    world.controller.run(REASON)
    assert not world.host.dialogs
    world.wait()
    world.controller.run(REASON)
    assert len(world.host.dialogs) == 1
    world.host.answer(None)
    assert not world.view.moved_on


def test_grants_are_shown_and_taken_back() -> None:
    world = World()
    session = world.daemon.store["sessions"][world.first.session_id]
    grants = KeptGrants(world.host, world.link, SimpleNamespace(session=session, no_session="none"))
    grants.run(GRANTS)
    assert world.host.said == [NONE]
    world.daemon.put(replace(world.first, granted="kept"))
    grants.run(GRANTS)
    world.host.answer({"granted": "taken_back"})
    assert world.host.said[-1] == TAKEN_BACK
