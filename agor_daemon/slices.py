"""Long loops in the event loop let other requests have their turn."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

T = TypeVar("T")
AT_ONCE = 20
"""Elements that are handled before others have their turn."""


async def in_slices(elements: Iterable[T]) -> AsyncIterator[T]:
    """The elements, with a pause for others after every few."""
    for number, element in enumerate(elements, 1):
        yield element
        if number % AT_ONCE == 0:
            await asyncio.sleep(0)
