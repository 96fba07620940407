"""Time as the rest of the code reads it: a clock that tests can hold, and the one text form of a moment."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """The moment, in UTC."""

    def monotonic(self) -> float:
        """Seconds that only grow; for durations and time limits."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class SteadyClock:
    """A clock that is never set back while the process lives: what is stamped later bears no earlier time.

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
    """The moment that an ISO 8601 text names; one without a zone is taken as UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
