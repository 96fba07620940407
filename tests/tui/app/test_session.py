"""The session screen: timeline, conversation, approvals, the prompt and its queue, live text, folding."""

import threading

import pytest
from msgspec.structs import replace

from agor_core.domain.message import FileDiff
from agor_core.domain.task import PlanEntry, PlanStatus, TaskStatus
from agor_core.ids import SessionId
from agor_tui.app import loading
from agor_tui.app.screens.session import SessionScreen
from agor_tui.app.widgets import tool_call
from agor_tui.app.widgets.lines import plain
from agor_tui.state.glyphs import UNICODE
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import NARROW, WIDE, Driven, running

MEDIUM = (120, 40)


class World:
    """A session with three tasks, a fork of its first and a spawn of its second, and an open question."""

    def __init__(self) -> None:
        self.session = make.session(
            "Rate limit", status="awaiting_permission", asks="rm -rf build/", tasks=3, minutes=1, dirty=True
        )
        plan = (
            PlanEntry(content="Read the code", status=PlanStatus.COMPLETED),
            PlanEntry(content="Log refusals", status=PlanStatus.IN_PROGRESS),
        )
        self.first = make.task(self.session, 1, full_prompt="Sketch it")
        self.second = make.task(self.session, 2, full_prompt="Per account\nwith care")
        self.third = make.task(self.session, 3, full_prompt="Log refusals", status="awaiting_permission", plan=plan)
        self.fork = make.session("Leaky bucket", forked=(self.session.session_id, self.first.task_id), minutes=2)
        self.spawn = make.session("Limiter tests", spawned=(self.session.session_id, self.second.task_id), minutes=3)
        diff = FileDiff(path="limits.py", old_text="a\nb\n", new_text="a\nc\nd\n")
        self.messages = [
            make.message(self.first, 0, "Use a token bucket", "user"),
            make.message(self.first, 1, "It **will** live in `limits.py`."),
            make.message(self.second, 2, "Per account", "user"),
            make.message(self.second, 3, "", "tool", tool=make.tool("login.py", output="x\n" * 214)),
            make.message(self.second, 4, "", "tool", tool=make.tool("limits.py", "edit", diff=diff)),
            make.message(self.third, 5, "Log refusals", "user"),
            make.message(self.third, 6, "Refusals go", complete=False),
        ]
        self.approval = make.approval(self.session)
        self.daemon = FakeDaemon(
            self.session, self.fork, self.spawn, self.first, self.second, self.third, *self.messages, self.approval
        )

    @property
    def live(self):  # type: ignore[no-untyped-def]
        return self.messages[-1]


async def opened(driven: Driven) -> SessionScreen:
    await driven.press("enter")
    screen = driven.app.screen
    assert isinstance(screen, SessionScreen)
    await driven.until(lambda: screen.link.records.conversations[screen.session_id].loaded)
    await driven.pilot.pause(0.06)
    return screen


async def test_broad_all_panes_are_side_by_side() -> None:
    async with running(World().daemon, WIDE) as driven:
        await opened(driven)
        for part in ("1 ✓ Sketch it", "⑂ Leaky bucket", "↳ Limiter tests", "It will live in limits.py.", "PLAN", "GIT",
                     "a4f2e91-dirty", "FAMILY", "Log refusals", "prompt"):  # fmt: skip
            assert part in driven.text, part


async def test_at_120_the_side_folds_to_a_line() -> None:
    async with running(World().daemon, MEDIUM) as driven:
        await opened(driven)
        assert "PLAN" not in driven.text
        assert "plan 1/2" in driven.text
        assert "family 3" in driven.text


async def test_at_80_one_pane_at_a_time() -> None:
    async with running(World().daemon, NARROW) as driven:
        await opened(driven)
        assert "It will live" in driven.text or "Refusals go" in driven.text
        assert "Leaky bucket" not in driven.text
        await driven.press("tab")
        await driven.sees("FAMILY")
        await driven.press("tab", "tab")
        await driven.sees("⑂ Leaky bucket")
        assert "Refusals go" not in driven.text


async def test_at_80_the_prompt_does_not_leave_the_side_over_the_conversation() -> None:
    async with running(World().daemon, NARROW) as driven:
        await opened(driven)
        await driven.press("tab")
        await driven.sees("FAMILY")
        await driven.press("tab")
        await driven.misses("FAMILY")
        assert "Refusals go" in driven.text
        assert "enter send" in driven.lines[-1]
        await driven.press("shift+tab")
        await driven.sees("FAMILY")


async def test_what_takes_its_time_to_load_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    session, there, whole = make.session("Slow"), threading.Event(), loading.whole
    monkeypatch.setattr(loading, "whole", lambda *given: (there.wait(20), whole(*given))[1])
    task = make.task(session)
    async with running(FakeDaemon(session, task, make.message(task, 0, "Refusals go", "user")), WIDE) as driven:
        try:
            await driven.press("enter")
            await driven.sees("loading…")
        finally:
            there.set()
        await driven.sees("Refusals go")
        assert "loading" not in driven.text


async def test_the_side_of_a_failed_session_says_why() -> None:
    session = make.session("Broken", status="failed", tasks=2)
    failed = make.task(session, 1, status="failed", error="Demo exited with \x1b[31mcode 3.")
    async with running(FakeDaemon(session, failed, make.task(session, 2, status="queued")), NARROW) as driven:
        await opened(driven)
        await driven.press("tab")
        await driven.sees("FAILED")
        assert "Demo exited with code 3." in driven.text


@pytest.mark.parametrize(
    ("old", "new", "said"), [("a\n", "a\nb\n", "+1"), ("a\nb\n", "a\n", "−1"), ("a\n", "b\n", "+1 −1"), ("a", "a", "")]
)
def test_an_edit_says_what_it_added_and_removed_and_no_zero(old: str, new: str, said: str) -> None:
    edit = make.tool("limits.py", "edit", diff=FileDiff(path="limits.py", old_text=old, new_text=new))
    assert plain(tool_call.result(edit, UNICODE)) == said


@pytest.mark.parametrize("size", [NARROW, MEDIUM, WIDE])
async def test_a_session_that_asks_is_answered_as_soon_as_it_is_open(size: tuple[int, int]) -> None:
    async with running(World().daemon, size) as driven:
        await opened(driven)
        await driven.press("a")
        assert await driven.asked("patch") == {"decision": "allow"}


async def test_timeline_shows_forks_below_the_task_they_left() -> None:
    async with running(World().daemon, WIDE) as driven:
        await opened(driven)
        order = [driven.text.index(part) for part in ("1 ✓ Sketch it", "⑂ Leaky", "2 ✓ Per account", "↳ Limiter")]
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
        parts = ("⑂ Before all", "1 ✓ Sketch it", "⑂ Leaky", "⑂ Before two", "2 ✓ Per account", "↳ Limiter")
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


async def test_tool_calls_are_one_line_until_they_are_opened() -> None:
    async with running(World().daemon, WIDE) as driven:
        await opened(driven)
        assert "▸ Read  login.py" in driven.text
        assert "214 lines" in driven.text
        assert "+2 −1" in driven.text
        await driven.press("l", "o", "G")
        await driven.sees("▾ Edit  limits.py")
        assert "- b" in driven.text
        assert "+ c" in driven.text
        await driven.press("o")
        await driven.sees("▸ Edit  limits.py")


async def test_enter_opens_the_selected_tool_call() -> None:
    async with running(World().daemon, WIDE) as driven:
        screen = await opened(driven)
        await driven.press("l", "g")
        while "limits.py" not in (screen.talk.selected.message.tool.title if screen.talk.selected.message.tool else ""):
            await driven.press("j")
        await driven.press("enter")
        await driven.sees("▾ Edit  limits.py")


async def test_live_text_grows_and_is_rendered_when_complete() -> None:
    world = World()
    async with running(world.daemon, WIDE) as driven:
        await opened(driven)
        world.daemon.delta(world.live, 11, " to the **audit** log")
        await driven.sees("Refusals go to the **audit** log")
        world.daemon.change(replace(world.live, text="Refusals go to the **audit** log", complete=True))
        await driven.sees("Refusals go to the audit log")


async def test_a_gap_in_live_text_is_fetched() -> None:
    world = World()
    async with running(world.daemon, WIDE) as driven:
        await opened(driven)
        world.daemon.put(replace(world.live, text="Refusals go to the audit log and more"))
        world.daemon.delta(world.live, 28, " and more")
        await driven.sees("Refusals go to the audit log and more")


async def test_it_sticks_to_the_bottom_unless_scrolled_up() -> None:
    world = World()
    async with running(world.daemon, NARROW) as driven:
        screen = await opened(driven)
        await driven.until(lambda: screen.talk.at_bottom)
        for index in range(7, 40):
            world.daemon.change(make.message(world.third, index, f"Line {index}"), "created")
        await driven.sees("Line 39")
        await driven.press("g")
        await driven.sees("Use a token bucket")
        world.daemon.change(make.message(world.third, 40, "Line 40"), "created")
        await driven.until(lambda: len(screen.talk.items) > 40)
        assert "Use a token bucket" in driven.text


@pytest.mark.parametrize(("key", "decision"), [("a", "allow"), ("A", "always"), ("d", "deny")])
async def test_an_approval_is_answered_in_place(key: str, decision: str) -> None:
    async with running(World().daemon, WIDE) as driven:
        await opened(driven)
        assert "a allow once" in driven.text
        await driven.press(key)
        assert await driven.asked("patch") == {"decision": decision}
        await driven.misses("allow once")


async def test_a_prompt_is_sent_with_enter_and_queued_while_a_task_runs() -> None:
    async with running(World().daemon, WIDE) as driven:
        await opened(driven)
        await driven.press("p")
        await driven.type("update the docs")
        await driven.press("enter")
        assert await driven.asked("prompt") == {"prompt": "update the docs"}
        await driven.sees("QUEUE 1")
        assert driven.text.count("update the docs") == 1


async def test_keys_are_text_while_a_prompt_is_written() -> None:
    async with running(World().daemon, WIDE) as driven:
        screen = await opened(driven)
        await driven.press("p")
        await driven.type("a d f x q D")
        assert screen.prompt_line.prompt.text == "a d f x q D"
        assert not driven.daemon.ledger


async def test_escape_goes_to_the_timeline_and_then_back() -> None:
    async with running(World().daemon, WIDE) as driven:
        screen = await opened(driven)
        await driven.press("p", "escape")
        assert screen.pane == "timeline"
        await driven.press("escape")
        await driven.sees("NEEDS YOU")


async def test_fork_at_the_selected_task_takes_two_keys() -> None:
    world = World()
    async with running(world.daemon, WIDE) as driven:
        await opened(driven)
        await driven.press("g", "f")
        await driven.sees("Fork “Rate limit”")
        await driven.sees("at the end of task 1")
        await driven.press("enter")
        body = await driven.asked("fork")
        assert body == {"at": world.first.task_id, "point": "end"}
        await driven.sees("A fork of Rate limit")
        assert isinstance(driven.app.screen, SessionScreen)


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
        await driven.sees("⑂ Third way")


async def test_y_copies_the_message_or_the_prompt() -> None:
    async with running(World().daemon, WIDE) as driven:
        await opened(driven)
        await driven.press("g", "y")
        assert driven.app.clipboard == "Sketch it"
        await driven.press("l", "g", "j", "y")
        assert driven.app.clipboard == "It **will** live in `limits.py`."


async def test_an_archived_session_is_left() -> None:
    async with running(World().daemon, WIDE) as driven:
        await opened(driven)
        await driven.press("D")
        await driven.sees("NEEDS YOU")


async def test_what_is_no_longer_looked_at_is_forgotten() -> None:
    async with running(World().daemon, WIDE) as driven:
        screen = await opened(driven)
        await driven.press("escape")
        await driven.until(lambda: screen.session_id not in driven.app.link.records.conversations)


async def test_hostile_messages_are_text() -> None:
    session = make.session("S", tasks=1)
    task = make.task(session, 1, full_prompt="[/]\x1b[2J")
    hostile = "[bold]no[/bold] [/] \x1b]0;title\x07 <b>html</b> \u202e"
    messages = [make.message(task, 0, "[/] hi\x1b[31m", "user"), make.message(task, 1, hostile),
                make.message(task, 2, "", "tool", tool=make.tool("[/]\x1b[2J", "execute", output=hostile))]  # fmt: skip
    async with running(FakeDaemon(session, task, *messages), WIDE) as driven:
        await opened(driven)
        await driven.press("o")
        await driven.sees("[bold]no[/bold]")
        assert "<b>html</b>" in driven.text
        assert not {"\x1b", "\x07", "\u202e"} & set(driven.text)


async def test_a_task_that_ends_shows_its_figures() -> None:
    world = World()
    async with running(world.daemon, WIDE) as driven:
        await opened(driven)
        ended = make.task(world.session, 3, full_prompt="Log refusals", task_id=world.third.task_id)
        world.daemon.change(replace(ended, status=TaskStatus.COMPLETED))
        await driven.sees("3 ✓ Log refusals")


async def test_what_was_said_long_ago_is_read_when_one_goes_to_the_top() -> None:
    session = make.session("Long", tasks=1)
    task = make.task(session, 1)
    messages = [make.message(task, index, f"Line {index}.", "assistant" if index else "user") for index in range(700)]
    async with running(FakeDaemon(session, task, *messages), WIDE) as driven:
        screen = await opened(driven)
        assert len(screen.talk.items) == 300
        await driven.press("l", "g")
        await driven.until(lambda: len(screen.talk.items) == 600)
        await driven.sees("Line 400.")
        await driven.press("g")
        await driven.until(lambda: len(screen.talk.items) == 700)
        await driven.press("g")
        await driven.sees("Line 0.")


@pytest.mark.parametrize("size", [NARROW, MEDIUM, WIDE])
async def test_why_a_task_failed_stands_at_its_place(size: tuple[int, int]) -> None:
    session = make.session("Broken", status="failed", tasks=3)
    failed = make.task(session, 1, status="failed", error="The agent ended: exit code 3.\nIts last words: [/] oh")
    cancelled = make.task(session, 2, status="cancelled", error="the daemon was stopped")
    last = make.task(session, 3)
    messages = [make.message(failed, 0, "exit: 3", "user"), make.message(cancelled, 1, "sleep: 9", "user"),
                make.message(last, 2, "go on", "user"), make.message(last, 3, "Gone on.")]  # fmt: skip
    async with running(FakeDaemon(session, failed, cancelled, last, *messages), size) as driven:
        screen = await opened(driven)
        told = "\n".join(plain(line) for line, _ in screen.talk._lines)
        order = [told.index(part) for part in ("exit: 3", "✗ failed: The agent ended: exit code 3.", "words: [/] oh",
                                               "sleep: 9", "⊘ cancelled: the daemon was stopped", "go on")]  # fmt: skip
        assert order == sorted(order)
        inks = {ink for line, _ in screen.talk._lines for text, ink in line if "✗ failed" in text}
        assert inks == {"del"}
        screen.to_pane("timeline")
        await driven.sees("The agent ended")


async def test_a_failed_task_without_messages_says_why() -> None:
    session = make.session("Broken", status="failed", tasks=1)
    task = make.task(session, 1, full_prompt="Do it", status="failed", error="no model")
    async with running(FakeDaemon(session, task), NARROW) as driven:
        await opened(driven)
        await driven.sees("› Do it")
        await driven.sees("✗ failed: no model")


async def test_a_turn_that_ended_early_says_so() -> None:
    session = make.session("Cut", tasks=1)
    task = make.task(session, 1, stop_reason="max_tokens")
    async with running(FakeDaemon(session, task, make.message(task, 0, "x", "user")), WIDE) as driven:
        await opened(driven)
        await driven.sees("✓ ended early: max tokens")


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
    await driven.until(lambda: (found := screen.conversation) is not None and found.loaded and screen.talk.items)
    return "\n".join(plain(line) for line, _ in screen.talk._lines)


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
    monkeypatch.setattr(loading, "ENOUGH", 1)
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
        await driven.sees("at the end of task 1")
        await driven.press("enter")
        await driven.until(lambda: driven.daemon.asked("fork"))
        _, session_id, body = driven.daemon.asked("fork")[-1]
        assert session_id == kin.source.session_id
        assert body == {"at": kin.tasks[0].task_id, "point": "end"}


async def test_a_session_that_is_archived_elsewhere_says_so_and_comes_back() -> None:
    world = World()
    async with running(world.daemon, WIDE) as driven:
        screen = await opened(driven)
        world.daemon.change(replace(world.session, archived_at=make.NOW))
        await driven.sees("archived elsewhere")
        assert "It will live" in driven.text
        assert driven.app.screen is screen
        await driven.press("a", "f", "x", "p")
        await driven.type("lost?")
        await driven.press("enter")
        await driven.until(lambda: any("archived" in toast for toast in driven.toasts))
        assert screen.prompt_line.prompt.text == "lost?"
        assert not world.daemon.ledger
        await driven.press("escape", "u")
        assert await driven.asked("patch") == {"archived_at": None}
        await driven.misses("archived elsewhere")


async def test_a_refused_prompt_is_not_lost() -> None:
    world = World()
    world.daemon.fails = "The disk is full."
    async with running(world.daemon, WIDE) as driven:
        screen = await opened(driven)
        await driven.press("p")
        await driven.type("precious")
        await driven.press("enter")
        await driven.until(lambda: "The disk is full." in driven.toasts)
        assert screen.prompt_line.prompt.text == "precious"


async def test_of_a_huge_message_the_end_is_shown() -> None:
    session = make.session("Flood", status="running", tasks=1)
    task = make.task(session, 1, status="running")
    live = make.message(task, 0, "word " * 60_000, complete=False)
    daemon = FakeDaemon(session, task, live)
    async with running(daemon, WIDE) as driven:
        screen = await opened(driven)
        assert len(screen.talk._lines) < 1000
        daemon.delta(live, 300_000, "\n\nThe end.")
        await driven.sees("The end.")
        daemon.change(replace(live, text="word " * 60_000 + "\n\n**The end.**", complete=True))
        await driven.misses("**")
        await driven.sees("The end.")
        assert any("characters before" in plain(line) for line, _ in screen.talk._lines[:8])


async def test_while_a_prompt_is_written_the_footer_says_what_its_keys_do() -> None:
    async with running(World().daemon, WIDE) as driven:
        await opened(driven)
        assert "a allow" in driven.lines[-1]
        await driven.press("p")
        await driven.sees("the agent waits for an answer: esc, then a, A or d")
        assert "a allow" not in driven.lines[-1]
        assert "enter send" in driven.lines[-1]
        await driven.press("escape")
        assert "a allow" in driven.lines[-1]
        assert "esc, then a" not in driven.text


async def test_a_question_without_particulars_shows_none() -> None:
    world = World()
    bare = replace(world.approval, tool=replace(world.approval.tool, kind="edit", input={"x": 1}))
    world.daemon.put(bare)
    async with running(world.daemon, WIDE) as driven:
        await opened(driven)
        assert "wants: rm -rf build/" in driven.text
        assert "nothing to show" not in driven.text


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
