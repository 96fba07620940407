"""A conversation that is longer than what is read at once: the end is there, the rest is read where somebody goes."""

import threading

import pytest
from msgspec.structs import replace

from agor_core.domain.task import MessageRange, Task
from agor_tui.app import loading
from agor_tui.app.screens.session import SessionScreen
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import WIDE, Driven, running
from tests.fakes.gate import Gate
from tests.fakes.session_world import opened


class Long:
    """A session of some tasks with as many messages each: ``Line N.``, where N is the index."""

    def __init__(self, tasks: int = 1, each: int = 700) -> None:
        self.session = make.session("Long", tasks=tasks)
        self.tasks = [
            make.task(
                self.session,
                number + 1,
                full_prompt=f"Prompt {number + 1}",
                message_range=MessageRange(start_index=number * each, end_index=number * each + each - 1),
            )
            for number in range(tasks)
        ]
        self.messages = [
            make.message(task, index, f"Line {index}.", "assistant" if index % each else "user")
            for number, task in enumerate(self.tasks)
            for index in range(number * each, number * each + each)
        ]
        self.daemon = FakeDaemon(self.session, *self.tasks, *self.messages)


class Counting(FakeDaemon):
    """Counts the pages of messages that were asked for."""

    pages = 0

    def find(self, service, query=None, /, **more):
        self.pages += service == "messages"
        return super().find(service, query, **more)


class Held:
    """A read whose answer is held back: it is what the daemon said when it was asked, and comes when it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        self.asked, self.go, self._real = threading.Event(), Gate(), getattr(loading, name)
        monkeypatch.setattr(loading, name, self._read)

    def _read(self, *given, **more):
        answer = self._real(*given, **more)
        self.asked.set()
        assert self.go.wait(10)
        return answer


def known(screen: SessionScreen) -> set[int]:
    conversation = screen.conversation
    assert conversation is not None
    return {message.index for message in conversation.messages.values()}


async def at_task(driven: Driven, screen: SessionScreen, task: Task) -> None:
    """The conversation shows where a task begins, at its top."""

    def there() -> bool:
        piece = screen.conversation_view.selected
        begins = piece is not None and piece.task is not None and piece.task.task_id == task.task_id
        return begins and piece is not None and piece.message is not None and piece.message.index % 100 == 0

    await driven.until(there)


async def test_of_a_long_conversation_the_end_is_there_and_how_much_is_not_stands_above_it() -> None:
    async with running(Long().daemon, WIDE) as driven:
        screen = await opened(driven)
        await driven.until(lambda: known(screen) == set(range(400, 700)))
        assert screen.conversation_view.items[0].heading == "400 earlier messages not shown; enter reads on"


async def test_up_reads_on_from_where_one_is() -> None:
    async with running(Long().daemon, WIDE) as driven:
        screen = await opened(driven)
        screen.panes.focus("conversation")
        screen.conversation_view.move_to(1)
        await driven.press("k")
        await driven.until(lambda: known(screen) == set(range(100, 700)))
        await driven.sees("▌ Line 399.")
        assert screen.conversation_view.items[0].heading.startswith("100 earlier messages")


async def test_to_the_top_reads_the_beginning_and_down_reads_on() -> None:
    async with running(Long().daemon, WIDE) as driven:
        screen = await opened(driven)
        await driven.press("l", "g")
        await driven.sees("Line 0.")
        assert known(screen) == {*range(300), *range(400, 700)}
        assert screen.conversation_view.index == 0
        screen.conversation_view.move_to(299)
        await driven.press("j")
        await driven.until(lambda: known(screen) == set(range(700)))
        await driven.sees("▌ Line 300.")
        assert all(piece.gap is None for piece in screen.conversation_view.items)


@pytest.mark.parametrize("keys", [("g",), ("g", "enter")])
async def test_an_early_task_is_read_and_gone_to(keys: tuple[str, ...]) -> None:
    world = Long(tasks=12, each=100)
    async with running(world.daemon, WIDE) as driven:
        screen = await opened(driven)
        await driven.press(*keys)
        await at_task(driven, screen, world.tasks[0])
        await driven.sees("Line 0.")
        assert known(screen) == {*range(300), *range(900, 1200)}
        assert any(
            piece.heading == "600 messages not shown; enter reads on" for piece in screen.conversation_view.items
        )


async def test_a_task_in_the_middle_is_read_by_itself() -> None:
    world = Long(tasks=12, each=100)
    async with running(world.daemon, WIDE) as driven:
        screen = await opened(driven)
        screen.timeline.move_to(4)
        await at_task(driven, screen, world.tasks[4])
        assert known(screen) == {*range(400, 700), *range(900, 1200)}
        assert [piece.heading[:3] for piece in screen.conversation_view.items if piece.gap] == ["400", "200"]


async def test_passing_many_tasks_reads_no_more_than_where_one_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    world = Long(tasks=20, each=100)
    daemon = Counting(world.session, *world.tasks, *world.messages)
    async with running(daemon, WIDE) as driven:
        screen = await opened(driven)
        reading, ask = screen.link.loader, daemon.pages
        monkeypatch.setattr(reading, "reads", lambda _: True)  # the first is on its way for as long as one moves
        for _ in range(15):
            screen.timeline.move(-1)
            await driven.pilot.pause()
        monkeypatch.undo()
        screen.show()
        await at_task(driven, screen, world.tasks[4])
        assert daemon.pages == ask + 1


async def test_what_a_failed_read_did_not_bring_is_read_with_enter(monkeypatch: pytest.MonkeyPatch) -> None:
    world, real = Long(), loading.messages_of_gap
    async with running(world.daemon, WIDE) as driven:
        screen = await opened(driven)
        screen.panes.focus("conversation")
        monkeypatch.setattr(loading, "messages_of_gap", lambda *_, **__: world.daemon.fail("The disk is away."))
        await driven.press("g")
        await driven.until(lambda: "The disk is away." in driven.toasts)
        monkeypatch.setattr(loading, "messages_of_gap", real)
        await driven.press("enter")
        await driven.until(lambda: 399 in known(screen))


async def test_of_a_long_inherited_task_the_rest_is_read_where_one_goes() -> None:
    world = Long()
    fork = make.session("The fork", forked=(world.session.session_id, world.tasks[0].task_id), tasks=0, minutes=1)
    world.daemon.put(replace(fork, current=None))
    async with running(world.daemon, WIDE) as driven:
        driven.app.open_session(fork.session_id)
        screen = driven.app.screen
        assert isinstance(screen, SessionScreen)
        await driven.until(lambda: any(piece.gap for piece in screen.conversation_view.items))
        at = next(index for index, piece in enumerate(screen.conversation_view.items) if piece.gap)
        screen.panes.focus("conversation")
        screen.conversation_view.move_to(at)
        await driven.until(lambda: len(screen.conversation.inherited_messages[world.tasks[0].task_id]) == 600)
        await driven.sees("▌ Line 399.")


async def test_after_a_resync_no_older_text_takes_the_place_of_newer(monkeypatch: pytest.MonkeyPatch) -> None:
    world = Long()
    last = world.messages[-1]
    async with running(world.daemon, WIDE) as driven:
        screen = await opened(driven)
        screen.panes.focus("conversation")
        gap = Held(monkeypatch, "messages_of_gap")
        screen.conversation_view.move_to(0)
        await driven.until(gap.asked.is_set)
        whole = Held(monkeypatch, "session_records")
        world.daemon.come_back(resync=True)
        await driven.until(whole.asked.is_set)
        world.daemon.change(replace(last, text="NEW TEXT"))
        await driven.until(lambda: last.message_id in screen.conversation.messages)
        gap.go.set()
        await driven.pilot.pause(0.1)  # whether or not the gap's answer is there by then, what follows holds
        assert not screen.conversation.loaded
        whole.go.set()
        await driven.until(lambda: screen.conversation.loaded)
        assert screen.conversation.messages[last.message_id].text == "NEW TEXT"


async def test_who_goes_elsewhere_is_not_taken_back_when_the_read_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    world = Long(tasks=12, each=100)
    async with running(world.daemon, WIDE) as driven:
        screen = await opened(driven)
        gap = Held(monkeypatch, "messages_of_gap")
        screen.timeline.move_to(4)
        await driven.until(gap.asked.is_set)
        screen.conversation_view.move_to(1)
        await driven.press("l", "G")
        gap.go.set()
        await driven.until(lambda: 400 in known(screen))
        screen.show()
        assert screen.conversation_view.selected is not None
        assert screen.conversation_view.selected.message == world.messages[-1]


async def test_after_a_failed_read_nothing_goes_there_later(monkeypatch: pytest.MonkeyPatch) -> None:
    world, real = Long(tasks=12, each=100), loading.messages_of_gap
    async with running(world.daemon, WIDE) as driven:
        screen = await opened(driven)
        monkeypatch.setattr(loading, "messages_of_gap", lambda *_, **__: world.daemon.fail("The disk is away."))
        screen.timeline.move_to(4)
        await driven.until(lambda: "The disk is away." in driven.toasts)
        before = screen.conversation_view.selected
        monkeypatch.setattr(loading, "messages_of_gap", real)
        screen.conversation.add(world.messages[400:500])
        screen.show()
        assert screen.conversation_view.selected == before


async def test_past_the_latest_task_and_back_the_timeline_keeps_the_keys() -> None:
    world = Long(tasks=12, each=100)
    async with running(world.daemon, WIDE) as driven:
        screen = await opened(driven)
        await driven.press("k", "j", "k", "k", "k", "k")
        await at_task(driven, screen, world.tasks[7])
        assert screen.panes.pane == "timeline"
