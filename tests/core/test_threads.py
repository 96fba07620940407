"""Work done in threads for an event loop: results and errors come back to the caller, and a closed pool takes none."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from agor_core.errors import Unavailable
from agor_core.threads import Threads


@pytest.fixture
async def threads() -> AsyncIterator[Threads]:
    made = Threads("test", 2)
    yield made
    await made.close()


async def test_work_is_done_in_a_thread_while_the_loop_goes_on(threads: Threads) -> None:
    release = threading.Event()
    slow = asyncio.create_task(threads.do(lambda: release.wait(5) and threading.get_ident()))
    assert await threads.do(threading.get_ident) != threading.get_ident()
    assert not slow.done()
    release.set()
    assert await slow not in (False, threading.get_ident())


async def test_what_it_raises_is_raised_to_its_caller_alone(threads: Threads) -> None:
    with pytest.raises(ZeroDivisionError):
        await threads.do(lambda: 1 // 0)
    assert await threads.do(lambda: 2) == 2


async def test_work_waits_while_all_threads_are_busy(threads: Threads) -> None:
    release = threading.Event()
    busy = [asyncio.create_task(threads.do(lambda: release.wait(5))) for _ in range(2)]
    third = asyncio.create_task(threads.do(lambda: 3))
    await asyncio.sleep(0)
    assert not third.done()
    release.set()
    assert await asyncio.gather(*busy, third) == [True, True, 3]


async def test_threads_that_were_dismissed_take_no_work(threads: Threads) -> None:
    threads.dismiss()
    with pytest.raises(Unavailable, match="stopping"):
        await threads.do(lambda: 1)
