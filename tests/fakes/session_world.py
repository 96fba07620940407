"""A session to look at in the app, with all that the session screen shows."""

from agor_core.domain.message import FileDiff
from agor_core.domain.task import PlanEntry, PlanStatus
from agor_tui.app.screens.session import SessionScreen
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import Driven


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
    def live(self):
        return self.messages[-1]


async def opened(driven: Driven) -> SessionScreen:
    await driven.press("enter")
    screen = driven.app.screen
    assert isinstance(screen, SessionScreen)
    await driven.until(lambda: screen.link.records.conversations[screen.session_id].loaded)
    return screen
