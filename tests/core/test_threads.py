"""Work that is handed to threads: whose answer any thread may wait for, and only where a thread is free."""

import threading
from collections.abc import AsyncIterator

import pytest

from agor_core.errors import Unavailable
from agor_core.threads import Handed, Threads


@pytest.fixture
async def threads() -> AsyncIterator[Threads]:
    made = Threads("test", 2)
    yield made
    await made.close()


def answer(handed: Handed[int] | None) -> int:
    assert handed is not None
    return handed.answer(5)


async def test_what_is_handed_over_is_done_in_a_thread_while_the_loop_goes_on(threads: Threads) -> None:
    here = threading.get_ident()
    handed = threads.hand(threading.get_ident)
    assert answer(handed) != here
    assert answer(handed) == answer(handed)


async def test_another_thread_can_wait_for_it(threads: Threads) -> None:
    open_ = threading.Event()
    handed = threads.hand(lambda: open_.wait(5) and 7)
    waiting = threads.hand(lambda: answer(handed))
    open_.set()
    assert answer(waiting) == 7


async def test_what_it_raises_is_raised_where_it_is_waited_for(threads: Threads) -> None:
    with pytest.raises(ZeroDivisionError):
        answer(threads.hand(lambda: 1 // 0))
    assert await threads.do(lambda: 2) == 2


async def test_whoever_does_not_want_to_wait_longer_is_told(threads: Threads) -> None:
    release = threading.Event()
    handed = threads.hand(lambda: int(release.wait(5)))
    assert handed is not None
    with pytest.raises(TimeoutError):
        handed.answer(0.001)
    release.set()
    assert answer(handed) == 1


async def test_nothing_is_handed_over_while_all_are_busy(threads: Threads) -> None:
    release = threading.Event()
    busy = [threads.hand(lambda: int(release.wait(5))) for _ in range(2)]
    assert None not in busy
    assert threads.hand(lambda: 1) is None
    release.set()
    assert [answer(one) for one in busy] == [1, 1]
    assert await threads.do(lambda: 3) == 3  # behind which both are free again, or were never busy
    assert answer(threads.hand(lambda: 4)) == 4


async def test_nothing_is_handed_over_to_threads_that_were_let_go(threads: Threads) -> None:
    threads.dismiss()
    assert threads.hand(lambda: 1) is None
    with pytest.raises(Unavailable, match="stopping"):
        await threads.do(lambda: 1)
