"""A request to stop: an orderly stop the first time, an immediate exit the second time."""

import os
import signal

from agor_daemon.server import StopRequest


async def test_the_first_wish_waits_and_the_second_does_not() -> None:
    forced: list[bool] = []
    stop = StopRequest(lambda: forced.append(True))
    with stop.on_signals():
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.requested.wait()
        assert forced == []
        stop.request()
    assert forced == [True]
