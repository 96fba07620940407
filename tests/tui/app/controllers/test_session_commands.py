"""Commands of one session: which dialog each opens, for which session and task, and what follows."""

import pytest

from agor_tui.app.controllers.session_commands import (
    COPY_ID,
    FORK,
    NEW,
    NO_TASK_YET,
    PROMPT,
    SPAWN,
    TREE,
    SessionCommands,
)
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.controller_host import InstantLink, LedgerHost, PlainSubject


class World:
    """Two sessions, a task of each; the first session is selected."""

    def __init__(self) -> None:
        self.one, self.other = make.session("One"), make.session("Other")
        self.own, self.foreign = make.task(self.one, 1), make.task(self.other, 1)
        self.host = LedgerHost()
        self.subject = PlainSubject(self.one)
        self.link = InstantLink(self.host, FakeDaemon(self.one, self.other, self.own, self.foreign))
        self.controller = SessionCommands(self.host, self.link, self.subject)

    @property
    def dialog(self):
        return self.host.dialogs[-1]


@pytest.mark.parametrize(
    ("command", "heading"),
    [(NEW, "New session"), (PROMPT, "Prompt “One”"), (FORK, "Fork “One”"), (SPAWN, "Spawn from “One”")],
)
def test_a_command_opens_its_form_for_the_selected_session(command, heading) -> None:
    world = World()
    assert world.controller.run(command) is None
    assert world.dialog.heading == heading


@pytest.mark.parametrize("command", [NEW, FORK, SPAWN])
def test_the_cursor_follows_what_was_made(command) -> None:
    world = World()
    world.controller.run(command)
    world.host.answer(None)
    assert not world.subject.followed
    world.controller.run(command)
    world.host.answer({"session_id": "s"})
    assert world.subject.followed == ["s"]


@pytest.mark.parametrize("command", [PROMPT, FORK, SPAWN, TREE, COPY_ID])
def test_without_a_session_all_but_new_say_why_not(command) -> None:
    world = World()
    world.subject.sessions = []
    assert world.controller.run(command) == world.subject.no_session
    assert world.controller.offered(NEW) is None
    assert not world.host.dialogs


def test_a_session_without_a_task_cannot_be_forked() -> None:
    world = World()
    world.subject.sessions = [make.session("Empty", tasks=0)]
    assert world.controller.run(FORK) == NO_TASK_YET


def test_a_fork_begins_at_the_selected_task() -> None:
    world = World()
    world.subject.task = world.own
    world.controller.run(FORK)
    assert world.dialog.heading == "Fork “One”"
    assert world.dialog._task_id == world.own.task_id


@pytest.mark.parametrize("archived", [False, True])
def test_an_inherited_task_is_forked_from_the_session_that_did_it(archived: bool) -> None:
    world = World()
    world.subject.task = world.foreign
    if archived:
        del world.link.records.sessions[world.other.session_id]
        world.subject.sessions = []
    assert world.controller.run(FORK) is None
    assert world.dialog.heading == "Fork “Other”"
    assert world.dialog._task_id == world.foreign.task_id


def test_a_fork_source_that_is_read_opens_no_form_on_another_screen() -> None:
    world = World()
    world.subject.task = world.foreign
    del world.link.records.sessions[world.other.session_id]
    world.link.held = []
    world.controller.run(FORK)
    world.host.screen = object()
    world.link.held.pop()()
    assert not world.host.dialogs


def test_the_genealogy_opens_and_the_id_is_copied() -> None:
    world = World()
    world.controller.run(TREE)
    world.controller.run(COPY_ID)
    session_id = world.one.session_id
    assert world.host.ledger == [("show_genealogy", session_id), ("copy", session_id, f"the id {session_id}")]
