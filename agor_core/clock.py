"""Clocks, which tests can replace, and the one text form of a time."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """A source of time."""

    def now(self) -> datetime:
        """The time now, in UTC."""

    def monotonic(self) -> float:
        """Seconds that only grow, for durations and timeouts."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class SteadyClock:
    """A clock that never goes back while the process lives, so that a later timestamp is never an earlier time.

    It follows the other clock, also when that jumps ahead; set back, it goes on from where it was.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._anchor = (clock.now(), clock.monotonic())

    def now(self) -> datetime:
        moment, (last, then) = self._clock.now(), self._anchor
        elapsed = self._clock.monotonic()
        steady = last + timedelta(seconds=max(0.0, elapsed - then))
        if moment >= steady:
            self._anchor = (moment, elapsed)
            return moment
        return steady

    def monotonic(self) -> float:
        return self._clock.monotonic()


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as records show times: ``2026-01-31T09:05:00.123Z``. Sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_timestamp(text: str) -> datetime:
    """Parse an ISO 8601 time; one without a zone is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
