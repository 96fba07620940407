"""Moments as text."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agor_core.clock import SteadyClock, SystemClock, parse_timestamp, timestamp


def test_a_timestamp_is_utc_with_milliseconds() -> None:
    moment = datetime(2026, 1, 31, 10, 5, 0, 123999, tzinfo=timezone(timedelta(hours=1)))
    assert timestamp(moment) == "2026-01-31T09:05:00.123Z"


@pytest.mark.parametrize("text", ["2026-01-31T09:05:00Z", "2026-01-31T09:05:00", "2026-01-31T10:05:00+01:00"])
def test_a_text_without_a_zone_is_utc(text: str) -> None:
    assert parse_timestamp(text) == datetime(2026, 1, 31, 9, 5, tzinfo=UTC)


def test_other_text_is_refused() -> None:
    with pytest.raises(ValueError, match="yesterday"):
        parse_timestamp("yesterday")


moments = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


@given(moments, moments)
def test_text_sorts_as_time_does_and_is_read_again(one: datetime, other: datetime) -> None:
    if timestamp(one) < timestamp(other):
        assert one < other
    assert timestamp(parse_timestamp(timestamp(one))) == timestamp(one)
    assert len(timestamp(one)) == 24


def test_the_machines_clock_is_in_utc_and_durations_grow() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    assert clock.monotonic() <= clock.monotonic()


class SetClock:
    """A clock that a test sets; its monotonic side goes on whatever happens to the other."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 31, 9, 5, tzinfo=UTC)
        self.elapsed = 0.0

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.elapsed

    def go(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        self.elapsed += seconds


def test_a_steady_clock_is_never_set_back() -> None:
    inner = SetClock()
    steady = SteadyClock(inner)
    inner.go(10)
    before = steady.now()
    assert before == inner.moment
    inner.moment -= timedelta(hours=1)
    inner.go(5)
    assert steady.now() == before + timedelta(seconds=5)
    inner.moment += timedelta(days=366)
    assert steady.now() == inner.moment
    inner.moment -= timedelta(days=366)
    inner.go(1)
    assert steady.now() > before + timedelta(days=365)
    assert steady.monotonic() == inner.elapsed
