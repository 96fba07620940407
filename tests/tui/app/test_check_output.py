"""The output of a check in the app: followed while it runs, stopped, and read by keys."""

from agor_core.domain.check import CheckStatus
from tests.fakes.app_driver import running
from tests.fakes.board_world import world


async def test_a_check_is_run_watched_and_stopped() -> None:
    daemon = world()
    daemon.output = b"".join(b"line %d\n" % at for at in range(100)) + b"\xe2\x80\xaethe end\n"
    async with running(daemon) as driven:
        await driven.settled()
        await driven.press("K")
        await driven.sees("checking")
        await driven.press("ctrl+k")
        await driven.sees("$ make test")
        await driven.sees("<U+202E>the end")
        await driven.press("g")
        await driven.sees("line 0")
        await driven.press("x")
        await driven.until(lambda: daemon.asked("stop check"))
        await driven.sees("stopped")
        await driven.press("r")
        await driven.until(lambda: len(daemon.asked("check")) == 2)
        (check,) = [one for one in daemon.store["checks"].values() if not one.ended]
        daemon.end_check(check.check_id, CheckStatus.FAILED, exit_code=2)
        await driven.sees("exit code 2")
        await driven.press("escape")
        await driven.sees("check failed")
