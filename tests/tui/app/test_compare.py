"""Sessions beside each other on the screen, and a file of theirs side by side."""

from agor_core.domain.graft import Graft
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import NARROW, running
from tests.fakes.shop_world import PATCH

ONE_FILE = PATCH[PATCH.index("diff --git a/src/auth/login.py") :]


async def test_columns_files_sides_and_a_graft() -> None:
    made = [make.session("Rate limit the login") for _ in range(3)]
    sessions = sorted(made, key=lambda session: (session.created_at, session.session_id))
    daemon = FakeDaemon(*sessions)
    ids = [session.session_id for session in sessions]
    daemon.diffs = dict.fromkeys(ids, ONE_FILE)
    daemon.graft = Graft(session_id=ids[1], from_session_id=ids[0], graft_id="g", written=("src/auth/login.py",))
    async with running(daemon, NARROW, notifications=True) as driven:
        await driven.press("space", "space", "space", "C")
        await driven.sees("1-2 of 3")
        await driven.sees("same as A")
        await driven.press("l", "l")
        await driven.sees("2-3 of 3")
        await driven.press("h", "h", "j", "j", "space", "k", "enter")
        await driven.sees("as it began")
        await driven.sees("if BUCKETS[account].take():")
        await driven.press("equals_sign")
        await driven.sees("B demo")
        await driven.press("right_square_bracket")
        await driven.sees("file 4 of 4")
        await driven.press("left_square_bracket", "g")
        await driven.sees("Graft a change in src/auth/login.py")
        await driven.press("enter")
        await driven.sees("Grafted 1 file into B")
        await driven.press("u")
        await driven.sees("Took the graft back")
        await driven.press("escape", "g")
        await driven.sees("Graft src/auth/login.py of")
        await driven.press("escape", "escape")
    asked = [(action, target) for action, target, _ in daemon.ledger if action == "graft"]
    assert asked == [("graft", ids[1]), ("graft", ids[1])]
    body = next(body for action, _, body in daemon.ledger if action == "graft")
    assert body["lines"] == [{"path": "src/auth/login.py", "lines": [(1, 5)]}]
