"""Navigation in a conversation: to a task, into a gap, and what is read on the way."""

from types import SimpleNamespace
from typing import Any

import pytest

from agor_core.domain.message import Message
from agor_core.domain.task import MessageRange
from agor_tui.app.controllers.conversation_navigation import NO_MESSAGE, NO_TASK, TOGGLE, ConversationNavigation
from agor_tui.app.controllers.pane_focus import PaneFocus
from agor_tui.app.widgets.conversation_items import ConversationItem
from agor_tui.app.widgets.timeline import TimelineRow
from agor_tui.state.conversation import Gap
from agor_tui.state.records import Records
from tests.builders import app_records as make
from tests.fakes.controller_host import LedgerHost


class View:
    """A list of items with a cursor; ``shown`` lists what was scrolled to."""

    def __init__(self) -> None:
        self.items: list[ConversationItem] = []
        self.index = 0
        self.shown: list[Any] = []
        self.toggled = 0

    @property
    def selected(self) -> ConversationItem | None:
        return self.items[self.index] if self.items else None

    def set_items(self, items: list[ConversationItem]) -> None:
        self.items = items
        self.index = min(self.index, len(items) - 1)

    def select(self, key: str) -> None:
        self.index = [item.key for item in self.items].index(key)

    def to_task(self, task: Any) -> bool:
        self.shown.append(task)
        return True

    def show_end(self) -> None:
        self.index = len(self.items) - 1
        self.shown.append("end")

    def edge(self, direction: int) -> None:
        self.index = 0 if direction < 0 else len(self.items) - 1

    def toggle(self) -> None:
        self.toggled += 1

    toggle_all = toggle


class Loader:
    """``ledger`` lists the reads that were started; the last one waits to be ended by the test."""

    def __init__(self) -> None:
        self.ledger: list[Any] = []
        self.busy = False
        self.failed: Any = None

    def reads(self, session_id: str) -> bool:
        return self.busy

    def read_gap(self, session_id: str, gap: Gap, *, first: bool, unread: Any = None) -> None:
        self.ledger.append((gap.start, gap.end, first))
        self.busy, self.failed = True, unread

    def read_inherited(self, session_id: str, task: Any, unread: Any = None) -> None:
        self.ledger.append(task)
        self.failed = unread


def said(number: int) -> MessageRange:
    return MessageRange(start_index=10 * number - 10, end_index=10 * number - 1)


class World:
    """A session with three tasks of ten messages each, of which the last ten are read, and one inherited task."""

    def __init__(self) -> None:
        self.source, session = make.session("Source"), make.session("Fork")
        self.session_id = session.session_id
        self.old = make.task(self.source, 1)
        self.tasks = [make.task(session, n, message_range=said(n)) for n in (1, 2, 3)]
        self.records = Records()
        self.conversation = self.records.open_conversation(self.session_id)
        self.conversation.load(self.tasks, self.messages(20, 30))
        self.host, self.view, self.loader = LedgerHost(), View(), Loader()
        rows = [TimelineRow(self.old, inherited=True), *(TimelineRow(task) for task in self.tasks)]
        self.timeline = SimpleNamespace(items=rows, selected=None)
        self.panes = PaneFocus(SimpleNamespace(show_pane=lambda pane: None))
        self.controller = ConversationNavigation(
            self.host,
            SimpleNamespace(records=self.records, loader=self.loader),
            self.session_id,
            self.view,
            self.timeline,
            self.panes,
        )
        self.gap = ConversationItem("gap", gap=Gap(self.session_id, 0, 20))
        self.show(20)

    def messages(self, start: int, end: int) -> list[Message]:
        return [make.message(self.tasks[index // 10], index, str(index)) for index in range(start, end)]

    def show(self, start: int) -> None:
        """Show the conversation as far as it was read, with a gap before it."""
        gap = [ConversationItem("gap", gap=Gap(self.session_id, 0, start))] if start else []
        known = sorted(self.conversation.messages.values(), key=lambda message: message.index)
        shown = [ConversationItem(one.message_id, message=one) for one in known if one.index >= start]
        self.controller.set_items([*gap, *shown])


def test_of_the_latest_task_the_end_is_shown() -> None:
    world = World()
    world.controller.go_to_task(world.tasks[2])
    assert world.view.shown == ["end"]
    assert not world.loader.ledger


def test_a_task_that_is_not_known_is_read_once_and_then_shown() -> None:
    world = World()
    world.controller.go_to_task(world.tasks[1])
    world.controller.pursue_target()
    assert world.loader.ledger == [(10, 20, True)]
    world.conversation.add(world.messages(10, 20))
    world.view.shown.clear()
    world.controller.pursue_target()
    world.controller.pursue_target()
    assert world.view.shown == [world.tasks[1]]


def test_an_inherited_task_is_read_from_its_session() -> None:
    world = World()
    world.controller.go_to_task(world.old)
    assert world.loader.ledger == [world.old]


def test_a_read_that_fails_gives_up_its_target_and_goes_on_with_the_next() -> None:
    world = World()
    world.controller.go_to_task(world.old)
    failed = world.loader.failed
    world.controller.go_to_task(world.tasks[0])
    assert len(world.loader.ledger) == 2
    failed()
    assert len(world.loader.ledger) == 2
    world.loader.busy = False
    world.loader.failed()
    world.controller.pursue_target()
    assert len(world.loader.ledger) == 2


def test_a_move_of_the_cursor_gives_up_the_target() -> None:
    world = World()
    world.controller.go_to_task(world.tasks[1])
    world.view.index = 3
    world.controller.cursor_moved()
    world.conversation.add(world.messages(10, 20))
    world.view.shown.clear()
    world.controller.pursue_target()
    assert not world.view.shown


@pytest.mark.parametrize(("start", "first", "lands"), [(5, False, 19), (-1, True, 0)])
def test_a_gap_is_read_from_the_side_that_the_cursor_comes_from(start: int, first: bool, lands: int) -> None:
    world = World()
    world.view.index = start
    world.controller.cursor_moved()
    world.view.index = 0
    if first:
        world.controller.edge(-1)
    else:
        world.controller.cursor_moved()
    assert world.loader.ledger[-1] == (0, 20, first)
    world.loader.busy = False
    world.conversation.add(world.messages(0, 20))
    world.show(0)
    selected = world.view.selected
    assert selected is not None
    assert selected.message is not None
    assert selected.message.index == lands


def test_one_gap_is_read_at_a_time() -> None:
    world = World()
    world.controller.edge(-1)
    world.controller.edge(-1)
    assert len(world.loader.ledger) == 1


def test_enter_opens_a_message_a_gap_or_a_session_and_says_where_there_is_nothing() -> None:
    world = World()
    assert world.controller.run(TOGGLE) == NO_TASK
    other = make.session("Spawn")
    world.timeline.selected = TimelineRow(world.tasks[0], branched=other)
    world.controller.run(TOGGLE)
    assert world.host.ledger == [("open_session", other.session_id)]
    world.timeline.selected = TimelineRow(world.tasks[2])
    world.controller.run(TOGGLE)
    assert world.panes.pane == "conversation"
    assert world.view.shown == ["end"]
    world.controller.run(TOGGLE)
    assert world.view.toggled == 1
    world.view.index = 0
    world.controller.run(TOGGLE)
    assert world.loader.ledger == [(0, 20, False)]
    world.view.items = []
    assert world.controller.run(TOGGLE) == NO_MESSAGE
