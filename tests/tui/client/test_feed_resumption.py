"""The resume policy of a feed, without a server: the cursor, the backoff, and when it gives up."""

import msgspec
import pytest
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.frames import Close
from websockets.http11 import Response

from agor_core.wire.feed import Bookmark, Change, Delta, Hello, Resync
from agor_tui.client.connection import NOT_ANSWERING, NOT_RUNNING
from agor_tui.client.errors import DaemonError, NoDaemon, NotAnswering
from agor_tui.client.feed_resumption import LONGEST_PAUSE, RETURN_SECONDS, Resumption

HELLO = Hello(cursor="e:4", version="0.1.0")
CHANGE = Change(cursor="e:5", service="tasks", event="patched", id="t", record={}, at="2026-01-01T00:00:00.000Z")
DELTA = Delta(service="messages", id="m", offset=0, text="ö")


def closed(code: int) -> ConnectionClosedError:
    return ConnectionClosedError(Close(code, ""), None)


def refused(status: int, body: bytes = b"") -> InvalidStatus:
    return InvalidStatus(Response(status, "", Headers(), body))


def connected(*, keep_alive: bool = False) -> Resumption:
    feed = Resumption(keep_alive=keep_alive)
    feed.received(msgspec.json.encode(HELLO))
    return feed


def test_every_frame_but_a_delta_moves_the_cursor() -> None:
    feed = Resumption(services=("tasks", "messages"))
    assert feed.address == "ws://localhost/feed?service=tasks%2Cmessages"
    for frame, cursor in (
        (HELLO, "e:4"),
        (CHANGE, "e:5"),
        (DELTA, "e:5"),
        (Bookmark(cursor="e:6"), "e:6"),
        (Resync(reason="expired", cursor="n:1"), "n:1"),
    ):
        assert feed.received(msgspec.json.encode(frame)) == frame
        assert feed.cursor == cursor
    assert feed.address == "ws://localhost/feed?since=n%3A1&service=tasks%2Cmessages"


@pytest.mark.parametrize(
    ("error", "starts", "reason"),
    [
        (None, False, "The daemon is stopping."),
        (closed(1001), False, "The connection to the daemon broke."),
        (closed(1012), False, "The connection to the daemon broke."),
        (closed(4409), True, "The connection to the daemon broke."),
        (ConnectionResetError(), True, "The connection to the daemon broke."),
        (TimeoutError(), True, NOT_ANSWERING),
        (refused(503), True, "The daemon refuses the feed with status 503."),
    ],
)
def test_a_daemon_that_crashed_is_started_and_one_that_was_stopped_is_waited_for(
    error: Exception | None, starts: bool, reason: str
) -> None:
    retry = connected().broke(error, 0.0)
    assert (retry.start_daemon, retry.reason) == (starts, reason)


@pytest.mark.parametrize(
    ("error", "raised"), [(NotAnswering(NOT_ANSWERING), NotAnswering), (refused(401), DaemonError)]
)
def test_silence_and_refusal_are_errors(error: Exception, raised: type[Exception]) -> None:
    with pytest.raises(raised):
        connected().broke(error, 0.0)


def test_without_a_daemon_at_the_start_it_gives_up_at_once() -> None:
    with pytest.raises(NoDaemon, match="agor daemon start"):
        Resumption(since="e:1").broke(NoDaemon(NOT_RUNNING), 0.0)


def test_a_stopped_daemon_has_a_time_to_return() -> None:
    feed = connected()
    assert not feed.broke(closed(1001), 100.0).start_daemon
    assert not feed.broke(NoDaemon(NOT_RUNNING), 100.0 + RETURN_SECONDS).start_daemon
    with pytest.raises(NoDaemon, match="has not come back"):
        feed.broke(NoDaemon(NOT_RUNNING), 100.1 + RETURN_SECONDS)


def test_a_frame_ends_backoff_and_absence() -> None:
    feed = connected()
    pauses = [feed.broke(ConnectionResetError(), float(at)).pause for at in range(7)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE
    feed.received(msgspec.json.encode(HELLO))
    assert feed.broke(closed(1001), 1000.0).pause == pauses[0]


@pytest.mark.parametrize(
    "error", [None, closed(1001), refused(401), NoDaemon(NOT_RUNNING), NotAnswering(NOT_ANSWERING), TimeoutError()]
)
def test_a_feed_that_is_kept_alive_never_gives_up(error: Exception | None) -> None:
    feed = connected(keep_alive=True)
    assert all(feed.broke(error, at * RETURN_SECONDS).start_daemon for at in range(3))


def test_an_unknown_frame_is_an_error_of_the_daemon() -> None:
    with pytest.raises(DaemonError, match="does not know"):
        Resumption().received(b'{"type":"dance"}')
