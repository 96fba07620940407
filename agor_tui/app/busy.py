"""Work in progress: what the app has begun and not ended, and whether it has handled all that was posted.

Work is counted from before it starts until its result is shown, so that what one key sets off has no gaps: the app is
settled when nothing is counted and the message queues are empty. The feed itself and timers are no work.
"""

import asyncio
from collections.abc import Callable, Sequence

from textual.message_pump import MessagePump
from textual.widget import Widget

from agor_tui.app.host import Host


class Work:
    """A piece of work in progress. `done` may be called more than once."""

    def __init__(self, busy: "Busy", *, holds_keys: bool) -> None:
        self._busy = busy
        self.holds_keys = holds_keys

    def done(self) -> None:
        """End it."""
        self._busy.end(self)


class Busy:
    """Counts the app's work. All of it belongs to the event loop."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._works: set[Work] = set()
        self._changed = asyncio.Event()

    def begin(self, *, holds_keys: bool = False) -> Work:
        """Count a piece of work; ``holds_keys`` if its result decides which screen the next key is for."""
        work = Work(self, holds_keys=holds_keys)
        self._works.add(work)
        self._notify()
        return work

    def end(self, work: Work) -> None:
        """Count a piece of work no longer."""
        self._works.discard(work)
        self._notify()

    @property
    def holds_keys(self) -> bool:
        """Whether keys must wait for a result that opens or closes a screen."""
        return any(work.holds_keys for work in self._works)

    async def change(self) -> None:
        """Wait until a piece of work begins or ends."""
        await self._changed.wait()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition; it is looked at whenever a piece of work begins or ends."""
        while not condition():
            await self.change()

    @property
    def quiet(self) -> bool:
        """Whether the screen is mounted and no message waits in a queue of it or of the app."""
        if not self._host.screen_stack:
            return True
        return self._host.screen.is_mounted and not self._waiting()

    @property
    def settled(self) -> bool:
        """Whether no work is in progress and all messages are handled, so that the screen changes no more by itself."""
        return not self._works and self.quiet

    async def handled(self) -> None:
        """Wait until all messages that were posted, and those that followed from them, are handled.

        A handler that awaits something has no message in its queue; a callback that has to pass the queue shows that
        it has returned. What it posted meanwhile is seen in the next round.
        """
        rounds = 0
        while rounds < 2 and self._host.screen_stack:
            chain = self._chain()
            await _pass([*chain, *(pump for pump in self._waiting() if pump not in chain)])
            rounds = rounds + 1 if self.quiet and chain == self._chain() else 0

    def _chain(self) -> Sequence[MessagePump]:
        """The pumps that a key passes."""
        stack = self._host.screen_stack
        return (self._host.focused or self._host.screen).ancestors_with_self if stack else ()

    def _waiting(self) -> list[MessagePump]:
        """The pumps that have messages to handle."""
        screen = self._host.screen
        widgets = [screen, *screen.walk_children(Widget)]
        bars = [widget.vertical_scrollbar for widget in widgets if widget.show_vertical_scrollbar]
        pumps: list[MessagePump] = [*screen.ancestors, *widgets, *bars]
        return [pump for pump in pumps if pump.message_queue_size]

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


async def _pass(pumps: Sequence[MessagePump]) -> None:
    """Send a callback through the queue of each pump and wait for all of them."""
    passed = asyncio.Event()
    left = 0

    def one() -> None:
        nonlocal left
        left -= 1
        if not left:
            passed.set()

    for pump in pumps:
        left += pump.call_later(one)  # False if the pump is closing
    if left:
        await passed.wait()
