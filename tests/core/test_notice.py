"""Which changes of a session give a notice, and what it says."""

import pytest
from msgspec.structs import replace

from agor_core.domain.notice import holds, notice_of
from agor_core.domain.session import SessionStatus
from tests.builders import app_records as make


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"status": "running"}, {"status": "awaiting_permission", "asks": "rm"}, "needs you: rm"),
        ({"status": "running"}, {"status": "idle", "unseen": True}, "has finished"),
        ({"status": "running"}, {"status": "failed", "unseen": True, "error": "No\nroom"}, "has failed: No room"),
        ({"status": "running"}, {"status": "idle"}, None),
        ({"status": "awaiting_permission"}, {"status": "awaiting_permission"}, None),
        ({"status": "idle", "unseen": True}, {"status": "idle", "unseen": True}, None),
    ],
)
def test_a_change_gives_a_notice(before: dict[str, str], after: dict[str, str], said: str | None) -> None:
    old, new = make.session("Limit", branch="b", **before), make.session("Limit", branch="b", **after)
    notice = notice_of(old, new)
    assert (notice and notice.text) == (said and f"Limit (project b) {said}")


def test_it_holds_until_somebody_answers_or_opens_the_session() -> None:
    asks = make.session("Limit", status="awaiting_permission", asks="rm")
    notice = notice_of(None, asks)
    assert notice is not None
    assert holds(notice, asks)
    assert not holds(notice, replace(asks, status=SessionStatus.RUNNING))
    done = make.session("Limit", unseen=True)
    finished = notice_of(make.session("Limit", status="running"), done)
    assert finished is not None
    assert holds(finished, done)
    assert not holds(finished, replace(done, unseen=False))
