"""Ages and durations in few characters: ``4m``, ``2h``, ``1d`` ago; it took ``2m10``."""

from datetime import UTC, datetime

MINUTE, HOUR, DAY, WEEK, YEAR = 60, 3600, 86_400, 7 * 86_400, 365 * 86_400


def age(then: str | None, now: datetime) -> str:
    """The age of a timestamp: ``now 12s 4m 2h 1d 3w 2y``; empty for None. A future time counts as now."""
    moment = moment_of(then)
    if moment is None:
        return ""
    seconds = int((now - moment).total_seconds())
    if seconds < 5:
        return "now"
    if seconds < MINUTE:
        return f"{seconds}s"
    if seconds < HOUR:
        return f"{seconds // MINUTE}m"
    if seconds < DAY:
        return f"{seconds // HOUR}h"
    if seconds < 2 * WEEK:
        return f"{seconds // DAY}d"
    if seconds < YEAR:
        return f"{seconds // WEEK}w"
    return f"{seconds // YEAR}y"


def duration(seconds: float) -> str:
    """A duration: ``0.4s 12s 2m10 1h04 3d02h``."""
    if seconds < 0:
        seconds = 0.0
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole}s"
    if whole < HOUR:
        return f"{whole // MINUTE}m{whole % MINUTE:02}"
    if whole < DAY:
        return f"{whole // HOUR}h{whole % HOUR // MINUTE:02}"
    return f"{whole // DAY}d{whole % DAY // HOUR:02}h"


def took(started_at: str | None, ended_at: str | None, now: datetime) -> str:
    """The duration from start to end, or until now; empty before the start."""
    started = moment_of(started_at)
    if started is None:
        return ""
    return duration(((moment_of(ended_at) or now) - started).total_seconds())


def moment_of(text: str | None) -> datetime | None:
    """A timestamp as a datetime with a zone; None for None and for text that is no timestamp."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
