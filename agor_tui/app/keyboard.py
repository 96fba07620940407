"""Keys in order: one is given on only when all that the one before it did is up.

Textual hands a key to the screen that is there when it arrives. Of ``f`` and ``enter`` in one write the second would
still reach the screen below the dialog that the first opens; so it waits here until the dialog has its focus.
"""

import asyncio
from collections import deque
from time import monotonic
from typing import TypeGuard

from textual import events
from textual.widgets import Input, TextArea

from agor_tui.app.host import Host

PAUSE = 0.002
LONGEST = 2.0
"""Seconds that a key waits for work that does not end, a flood of text for instance, before it is given on anyway."""
PAST = frozenset({"escape", "ctrl+c", "ctrl+q", "ctrl+z"})
"""Keys that do not wait for the daemon's answer."""


class Keyboard:
    """What was typed and has not been given on yet."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._held: deque[events.Key | events.Paste] = deque()
        self._through: events.Key | events.Paste | None = None
        self._giving = False

    def holds(self, event: events.Key | events.Paste) -> bool:
        """Whether this one must wait; it comes again, in its turn."""
        if event is self._through:
            self._through = None
            return False
        if isinstance(event, events.Key) and event.key in PAST and self._host.awaits_screen:
            self.drop()
            return False
        if not self._giving and self._ready():
            return False
        self._held.append(event)
        if not self._giving:
            self._giving = True
            self._host.run_worker(self._give())
        return True

    def drop(self) -> None:
        """Forget what waits: what it was meant for does not come."""
        self._held.clear()

    @property
    def idle(self) -> bool:
        """Whether nothing waits and what was typed is done."""
        return not self._giving and self._ready()

    async def _give(self) -> None:
        try:
            while self._held:
                await self._readiness()
                if self._held:
                    self._through = self._next()
                    self._host.post_message(self._through)
        finally:
            self._giving = False

    def _next(self) -> events.Key | events.Paste:
        """The next of them; where text is written, all letters that follow each other at once."""
        event = self._held.popleft()
        if not isinstance(self._host.focused, TextArea | Input) or not _letter(event):
            return event
        text = [event.character or ""]
        while self._held and _letter(following := self._held[0]):
            text.append(following.character or "")
            self._held.popleft()
        return event if len(text) == 1 else events.Paste("".join(text))

    async def _readiness(self) -> None:
        """Twice ready in a row: a handler that is in the middle of something has no message in its queue."""
        since, times = monotonic(), 0
        while times < 2 and (monotonic() - since < LONGEST or self._host.awaits_screen):
            await asyncio.sleep(PAUSE)
            times = times + 1 if self._ready() else 0

    def _ready(self) -> bool:
        if not self._host.screen_stack:
            return True
        if self._through is not None or self._host.awaits_screen or not self._host.screen.is_mounted:
            return False
        chain = (self._host.focused or self._host.screen).ancestors_with_self
        return not any(pump.message_queue_size for pump in chain)


def _letter(event: events.Key | events.Paste) -> TypeGuard[events.Key]:
    return isinstance(event, events.Key) and event.is_printable
