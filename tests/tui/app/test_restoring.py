"""Restoring the files of a task from the session screen: what it would do is shown first."""

import pytest
from msgspec.structs import replace

from agor_core.domain.restoration import Restoration
from agor_core.domain.session import SessionRepo, SessionStatus
from agor_core.ids import SessionId, TaskId
from agor_tui.app.controllers import restoring_files
from agor_tui.app.controllers.restoring_files import RESTORE, RestoringFiles
from agor_tui.app.controllers.task_commands import NO_TASK
from agor_tui.app.dialogs.restore import effect
from agor_tui.app.widgets.lines import plain
from tests.builders import app_records as make
from tests.fakes.app_driver import WIDE, running
from tests.fakes.session_world import World, opened

TASK, OF = TaskId("0195a3c4-7a1e-7c3b-9d2e-000000000001"), SessionId("0195a3c4-7a1e-7c3b-9d2e-000000000002")
SEEN = Restoration(
    task_id=TASK, session_id=OF, point="end", written=("a", "b\x1b[31m", "c", "d"), written_count=2_100,
    removed=("e",), removed_count=1, kept=("big.bin",), kept_count=1,
)  # fmt: skip


async def test_the_form_says_what_it_does_then_does_it() -> None:
    world = World()
    world.session = replace(world.session, status=SessionStatus.IDLE)
    world.daemon.put(world.session)
    world.daemon.restoration = replace(SEEN, before="c0")
    async with running(world.daemon, WIDE) as driven:
        await opened(driven)
        await driven.press("g", "r")
        await driven.sees("Restore the files of task 1")
        await driven.sees("removes e")
        await driven.press("right")
        await driven.until(lambda: len(world.daemon.asked("restore")) == 2)
        await driven.press("down")
        await driven.type("a 'b c'")
        await driven.press("enter")
        assert driven.toasts == ["Restored 2101 files. Left as it is: 1 file in no checkpoint."]
    first, second, third = world.daemon.asked("restore")
    task_id = world.first.task_id
    assert first == ("restore", task_id, {"point": "end", "paths": [], "dry_run": True})
    assert second == ("restore", task_id, {"point": "start", "paths": [], "dry_run": True})
    assert third == ("restore", task_id, {"point": "start", "paths": ["a", "b c"]})


async def test_what_the_daemon_refuses_is_said_in_the_form() -> None:
    world = World()
    world.session = replace(world.session, status=SessionStatus.IDLE)
    world.daemon.put(world.session)
    world.daemon.fails = "Task 1 has no checkpoint of its end."
    async with running(world.daemon, WIDE) as driven:
        await opened(driven)
        await driven.press("g", "r")
        await driven.sees("Task 1 has no checkpoint of its end.")
        await driven.press("enter")
        await driven.until(lambda: len(world.daemon.asked("restore")) == 2)
        assert "Restore the files of task 1" in driven.text


def test_the_effect_in_words() -> None:
    assert plain(effect(SEEN)) == (
        "writes a, b, c and 2097 more; removes e; leaves big.bin; what it leaves is in no checkpoint; "
        "what is there is kept first, which undo brings back"
    )
    assert plain(effect(Restoration(task_id=TASK, session_id=OF, point="end"))) == "nothing: the files are like that"


SESSION = make.session("One")


@pytest.mark.parametrize(
    ("session", "of", "reason"),
    [
        (SESSION, SESSION, None),
        (None, SESSION, NO_TASK),
        (SESSION, None, NO_TASK),
        (replace(SESSION, status=SessionStatus.RUNNING), SESSION, restoring_files.AT_WORK),
        (replace(SESSION, repo=SessionRepo(cwd="/")), SESSION, restoring_files.OUTSIDE),
        (SESSION, make.session("Other"), restoring_files.INHERITED),
    ],
)
def test_when_it_is_offered(session, of, reason) -> None:
    class View:
        last_known = session
        task = make.task(of) if of is not None else None
        timeline_task = item = None

    assert RestoringFiles(None, None, View()).offered(RESTORE) == reason  # type: ignore[arg-type]
