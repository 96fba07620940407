"""Keys in order: each is given on when the screen shows the result of the one before it.

Textual hands a key to the screen that is there when it arrives. Of ``f`` and ``enter`` in one write the second would
still reach the screen below the dialog that the first opens; so it is held here until the dialog has its focus.
"""

import asyncio
import unicodedata
from collections import deque
from contextlib import suppress
from typing import TypeGuard

from textual import events

from agor_tui.app.busy import Busy, Work
from agor_tui.app.host import Host

LONGEST = 2.0
"""Seconds that a key waits for messages without end, a flood of text for instance, before it is given on anyway."""
URGENT = frozenset({"escape", "ctrl+c", "ctrl+q", "ctrl+z"})
"""Keys that do not wait for the daemon's answer."""

FIELDS = frozenset({"textual.widgets._text_area", "textual.widgets._input"})
"""The modules of Textual's text fields."""

Typed = events.Key | events.Paste


class Keyboard:
    """The buffer of keys that were typed and are not given on yet."""

    def __init__(self, host: Host, busy: Busy) -> None:
        self._host = host
        self._busy = busy
        self._held: deque[Typed] = deque()
        self._through: Typed | None = None
        """The key that was given on and comes back to `holds`."""
        self._work: Work | None = None
        """From the first key until the last one that followed is handled."""
        self._wake = asyncio.Event()
        self._served = False

    def holds(self, event: Typed) -> bool:
        """Whether a key must wait. It is posted again in its turn."""
        if event is self._through:
            self._through = None
            return False
        if isinstance(event, events.Key) and event.key in URGENT and self._busy.holds_keys:
            self.drop()
            return False
        passes = self._work is None and not self._busy.holds_keys and self._busy.quiet and not _invisible(event)
        if not passes:
            self._held.append(event)
        self._begin()
        return not passes

    def drop(self) -> None:
        """Discard the held keys: the screen that they were meant for does not open."""
        self._held.clear()

    @property
    def idle(self) -> bool:
        """Whether no key is held or being handled."""
        return self._work is None

    def _begin(self) -> None:
        if self._work is None:
            self._work = self._busy.begin()
            self._wake.set()
        if not self._served:
            self._served = True
            self._host.run_worker(self._serve())

    async def _serve(self) -> None:
        """Give on held keys, as long as the app runs."""
        while await self._wake.wait():
            self._wake.clear()
            try:
                await self._give()
            finally:
                self._end()

    async def _give(self) -> None:
        await self._handled()
        while self._held:
            self._through = self._next()
            self._host.post_message(self._through)
            await self._handled()

    def _end(self) -> None:
        if self._work is not None:
            self._work.done()
            self._work = None

    def _next(self) -> Typed:
        """Take the next key; into a text field letters that follow each other go as one paste."""
        event = self._held.popleft()
        if not _takes_text(self._host.focused) or not _letter(event):
            return event
        text = [event.character or ""]
        while self._held and _letter(following := self._held[0]):
            text.append(following.character or "")
            self._held.popleft()
        return event if len(text) == 1 and not _invisible(event) else events.Paste("".join(text))

    async def _handled(self) -> None:
        """Wait until the key before is handled: at most LONGEST for messages, without limit for the daemon's answer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST):
                await self._busy.handled()
        while self._busy.holds_keys:
            await self._busy.until(lambda: not self._busy.holds_keys)
            with suppress(TimeoutError):
                async with asyncio.timeout(LONGEST):
                    await self._busy.handled()


def _takes_text(widget: object) -> bool:
    """Whether a widget is a text field. Asked by name: to load all text fields for it takes long at the start."""
    return any(kind.__module__ in FIELDS for kind in type(widget).__mro__)


def _letter(event: Typed) -> TypeGuard[events.Key]:
    return isinstance(event, events.Key) and (event.is_printable or _invisible(event))


def _invisible(event: Typed) -> bool:
    """Whether a key is a letter that Textual's fields would not take: a joiner, a mark of direction."""
    character = event.character if isinstance(event, events.Key) else None
    return character is not None and len(character) == 1 and unicodedata.category(character) == "Cf"
