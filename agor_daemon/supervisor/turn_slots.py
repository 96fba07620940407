"""How many turns of all sessions run at once: one more waits until another has ended."""

import asyncio


class TurnSlots:
    """``most`` turns at once; 0 is any number."""

    def __init__(self, most: int = 0) -> None:
        self._slots = asyncio.Semaphore(most) if most else None

    @property
    def full(self) -> bool:
        """Whether a turn has to wait."""
        return self._slots is not None and self._slots.locked()

    async def take(self) -> None:
        """Wait for a slot, the longest waiting first; :meth:`give` gives it back."""
        if self._slots is not None:
            await self._slots.acquire()

    def give(self) -> None:
        """Give a slot back."""
        if self._slots is not None:
            self._slots.release()
