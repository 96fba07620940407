"""What an agent does while no prompt runs: it is held until a task of its own is open to record it.

Claude Code goes on by itself when a command in the background ends. What comes within ``GRACE`` seconds of a turn's end
still belongs to that turn's task.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

GRACE = 2.0
MOST_HELD = 5_000
WORK = frozenset({"agent_message_chunk", "agent_thought_chunk", "tool_call", "tool_call_update", "plan"})
"""Kinds of updates that are work; others, such as usage or a title, open no task."""
SECONDS = 30.0
"""How long a request for permission waits for its task."""


class LateWork:
    """``on_work`` is called once when the agent begins to work by itself; the task's turn then takes what was held."""

    def __init__(self) -> None:
        self.on_work: Callable[[], None] = lambda: None
        self._since: float | None = None
        self._held: list[Mapping[str, Any]] = []
        self._announced = False
        self._open = asyncio.Event()

    @property
    def resting(self) -> bool:
        """Whether no task is open that the agent could work for."""
        return self._since is not None

    def rest(self, now: float) -> None:
        """Note that a turn has ended at this moment."""
        self._since, self._announced = now, False
        self._open.clear()

    def take(self) -> list[Mapping[str, Any]]:
        """Note that a task is open from here on; the updates that were held for it."""
        held, self._held = self._held, []
        self._since = None
        self._open.set()
        return held

    def holds(self, params: Mapping[str, Any], now: float) -> bool:
        """Whether an update is held for a task of its own."""
        if self._since is None or (not self._announced and now - self._since < GRACE):
            return False
        update = params.get("update")
        if not self._announced and not (isinstance(update, dict) and update.get("sessionUpdate") in WORK):
            return False
        self.announce()
        if len(self._held) < MOST_HELD:
            self._held.append(params)
        return True

    def announce(self) -> None:
        """Say that the agent works by itself."""
        if not self._announced:
            self._announced = True
            self.on_work()

    async def opened(self) -> bool:
        """Wait for the task; whether there is one."""
        if self.resting:
            self.announce()
            try:
                await asyncio.wait_for(self._open.wait(), SECONDS)
            except TimeoutError:
                return False
        return True
