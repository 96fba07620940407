"""A board to look at in the app: a session in every column but the done, and one that asks."""

from agor_core.ids import TaskId
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import Driven


def world() -> FakeDaemon:
    main = make.board("main")
    asking = make.session("Rate limit the login", status="awaiting_permission", asks="rm -rf build/", done=5, total=7,
                          added=120, removed=8, dirty=True, minutes=4, board_id=main.board_id)  # fmt: skip
    running_one = make.session("Port parser", status="running", step="Rewriting the lexer", done=2, total=5, minutes=12)
    forked = make.session("Try GraphQL", minutes=120, forked=(asking.session_id, TaskId("t")))
    idle = make.session("Seed data", minutes=180)
    failed = make.session("Sliding window", status="failed", minutes=30)
    return FakeDaemon(main, asking, running_one, forked, idle, failed, make.approval(asking))


def subject(driven: Driven) -> str:
    selected = driven.app.screen.session  # type: ignore[attr-defined]
    return selected.title if selected else ""
