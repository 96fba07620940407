"""The agents of all sessions that are kept warm between turns: at most so many, the longest resting one goes first."""

from typing import Protocol


class Resting(Protocol):
    """An agent between turns."""

    def give_up(self) -> None:
        """End the agent soon, unless a turn wakes it first."""


class WarmPool:
    """Counts the resting agents; ``most`` is how many may rest."""

    def __init__(self, most: int = 8) -> None:
        self._most = most
        self._resting: dict[Resting, None] = {}

    def rests(self, agent: Resting) -> None:
        """Note that an agent rests; those beyond the limit are given up."""
        self._resting.pop(agent, None)
        self._resting[agent] = None
        while len(self._resting) > self._most:
            longest = next(iter(self._resting))
            del self._resting[longest]
            longest.give_up()

    def leaves(self, agent: Resting) -> None:
        """Note that an agent rests no more: a turn woke it, or it has ended."""
        self._resting.pop(agent, None)
