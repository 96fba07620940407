"""Medians of repeated calls."""

import statistics
import time
from collections.abc import Awaitable, Callable

Figure = tuple[str, float, str, float | None, str]
"""Name, value, unit, ratio to the baseline, and the goal."""

MS = 1000.0


def median(call: Callable[[], object], times: int) -> float:
    """Seconds."""
    for _ in range(3):
        call()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


async def median_of(call: Callable[[], Awaitable[object]], times: int) -> float:
    """Seconds, of calls that are awaited."""
    for _ in range(3):
        await call()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        await call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)
