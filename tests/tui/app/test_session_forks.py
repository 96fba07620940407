"""Forks on the session screen: where they stand in the timeline, and what a fork inherited."""

import pytest
from msgspec.structs import replace

from agor_core.domain.task import TaskStatus
from agor_core.ids import SessionId
from agor_tui.app import loading
from agor_tui.app.screens.session import SessionScreen
from agor_tui.app.widgets.lines import plain
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import WIDE, Driven, running
from tests.fakes.session_world import World, opened


async def test_timeline_shows_forks_below_the_task_they_left() -> None:
    async with running(World().daemon, WIDE) as driven:
        await opened(driven)
        order = [driven.text.index(part) for part in ("1 ✓ Sketch it", "↱ Leaky", "2 ✓ Per account", "↳ Limiter")]
        assert order == sorted(order)
        assert "+40 −2" in driven.text


async def test_timeline_shows_a_fork_at_the_start_of_a_task_above_that_task() -> None:
    world = World()
    early = make.session("Before all", forked=(world.session.session_id, world.first.task_id), fork_point="start")
    later = make.session("Before two", forked=(world.session.session_id, world.second.task_id), fork_point="start")
    world.daemon.put(early)
    world.daemon.put(later)
    async with running(world.daemon, WIDE) as driven:
        await opened(driven)
        parts = ("↱ Before all", "1 ✓ Sketch it", "↱ Leaky", "↱ Before two", "2 ✓ Per account", "↳ Limiter")
        timeline = "\n".join(line[:32] for line in driven.lines)
        order = [timeline.index(part) for part in parts]
        assert order == sorted(order)


async def test_a_fork_shows_what_it_inherited_dim_above() -> None:
    world = World()
    own = make.task(world.fork, 1, full_prompt="Go another way")
    world.daemon.put(own)
    async with running(world.daemon, WIDE) as driven:
        driven.app.open_session(world.fork.session_id)
        await driven.sees("inherited")
        assert driven.text.index("Sketch it") < driven.text.index("Go another way")
        assert "Per account" not in driven.text.split("│")[0]


async def test_fork_at_the_selected_task_takes_two_keys() -> None:
    world = World()
    async with running(world.daemon, WIDE) as driven:
        await opened(driven)
        await driven.press("g", "f")
        await driven.sees("Fork “Rate limit”")
        await driven.sees("after task 1")
        await driven.press("enter")
        body = await driven.asked("fork")
        assert body == {"at": world.first.task_id, "point": "end"}
        await driven.sees("A fork of Rate limit")
        assert isinstance(driven.app.screen, SessionScreen)


async def test_files_that_the_checkpoint_left_out_are_shown_on_the_task_and_at_the_fork() -> None:
    world = World()
    state = replace(world.third.git_state, left_out=("data.bin", "dump.sql"))
    world.third = replace(world.third, git_state=state, status=TaskStatus.COMPLETED, completed_at=make.at(1))
    world.daemon.put(world.third)
    async with running(world.daemon, WIDE) as driven:
        await opened(driven)
        side = "\n".join(line[-45:] for line in driven.lines)
        order = [side.index(part) for part in ("GIT", "too large for the checkpoint", "data.bin", "dump.sql", "TREE")]
        assert order == sorted(order)
        await driven.press("f")
        await driven.sees("not data.bin, dump.sql, too large")
        await driven.press("escape", "g", "f")
        await driven.sees("after task 1")
        assert "dump.sql, too large" not in driven.text


async def test_enter_on_a_fork_in_the_timeline_opens_it() -> None:
    world = World()
    async with running(world.daemon, WIDE) as driven:
        await opened(driven)
        await driven.press("g", "j", "enter")
        await driven.until(lambda: getattr(driven.app.screen, "session_id", "") == world.fork.session_id)


async def test_new_forks_join_the_timeline_by_themselves() -> None:
    world = World()
    async with running(world.daemon, WIDE) as driven:
        await opened(driven)
        later = make.session("Third way", forked=(world.session.session_id, world.second.task_id))
        world.daemon.change(later, "created")
        await driven.sees("↱ Third way")


class Kin:
    """A session of three tasks, and a fork at the end of the second."""

    def __init__(self, fork_point: str = "end") -> None:
        self.source = make.session("The source", tasks=3)
        self.tasks = [make.task(self.source, n, full_prompt=f"Prompt {n}") for n in (1, 2, 3)]
        fork = make.session("The fork", forked=(self.source.session_id, self.tasks[1].task_id), tasks=1, minutes=1)
        self.fork = replace(fork, genealogy=replace(fork.genealogy, fork_point=fork_point))
        self.own = make.task(self.fork, 1, full_prompt="Own prompt")
        said = [
            message
            for n, task in enumerate(self.tasks)
            for message in (make.message(task, 2 * n, f"Prompt {n + 1}", "user"),
                            make.message(task, 2 * n + 1, f"Answer {n + 1}"))
        ]  # fmt: skip
        own = [make.message(self.own, 0, "Own prompt", "user"), make.message(self.own, 1, "Own answer")]
        self.daemon = FakeDaemon(self.source, self.fork, *self.tasks, self.own, *said, *own)


async def talk_of(driven: Driven, session_id: SessionId) -> str:
    driven.app.open_session(session_id)
    screen = driven.app.screen
    assert isinstance(screen, SessionScreen)
    await driven.until(
        lambda: (found := screen.conversation) is not None and found.loaded and screen.conversation_view.items
    )
    return "\n".join(plain(line) for line, _ in screen.conversation_view._lines)


async def test_a_fork_begins_with_what_it_inherited() -> None:
    kin = Kin()
    async with running(kin.daemon, WIDE) as driven:
        told = await talk_of(driven, kin.fork.session_id)
        parts = ("inherited from The source", "Prompt 1", "Answer 1", "Prompt 2", "Answer 2", "here the fork begins",
                 "Own prompt", "Own answer")  # fmt: skip
        assert [told.index(part) for part in parts] == sorted(told.index(part) for part in parts)
        assert "Answer 3" not in told


async def test_a_fork_at_the_start_of_a_task_does_not_inherit_it() -> None:
    kin = Kin("start")
    async with running(kin.daemon, WIDE) as driven:
        told = await talk_of(driven, kin.fork.session_id)
        assert "Answer 1" in told
        assert "Prompt 2" not in told


async def test_inherited_messages_are_read_when_somebody_goes_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "INHERITED_MESSAGES", 1)
    kin = Kin()
    async with running(kin.daemon, WIDE) as driven:
        told = await talk_of(driven, kin.fork.session_id)
        assert "Prompt 1" in told
        assert "Answer 1" not in told
        assert "Answer 2" in told
        await driven.press("g")
        await driven.sees("Answer 1")


async def test_moving_about_in_the_timeline_of_a_fork_without_tasks_of_its_own() -> None:
    kin = Kin()
    bare = make.session("Bare", forked=(kin.source.session_id, kin.tasks[1].task_id), tasks=0, minutes=1)
    kin.daemon.put(bare)
    async with running(kin.daemon, WIDE) as driven:
        await talk_of(driven, bare.session_id)
        await driven.press("escape", "g", "j", "k", "j")
        await driven.sees("▌ 2 ✓ Prompt 2")


async def test_f_on_an_inherited_task_forks_the_source() -> None:
    kin = Kin()
    async with running(kin.daemon, WIDE) as driven:
        await talk_of(driven, kin.fork.session_id)
        await driven.press("g", "f")
        await driven.sees("Fork “The source”")
        await driven.sees("after task 1")
        await driven.press("enter")
        await driven.until(lambda: driven.daemon.asked("fork"))
        _, session_id, body = driven.daemon.asked("fork")[-1]
        assert session_id == kin.source.session_id
        assert body == {"at": kin.tasks[0].task_id, "point": "end"}


async def test_keys_wait_for_the_source_of_an_inherited_task_to_be_read() -> None:
    kin = Kin()
    kin.daemon.put(replace(kin.source, archived_at=make.NOW))
    async with running(kin.daemon, WIDE) as driven:
        await talk_of(driven, kin.fork.session_id)
        await driven.press("g")
        for key in ("f", "a", "D", "enter"):
            driven.app.simulate_key(key)
        body = await driven.asked("fork")
        assert body == {"at": kin.tasks[0].task_id, "point": "end", "prompt": "aD"}
        assert not driven.daemon.asked("remove")
