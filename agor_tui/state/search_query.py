"""What is typed into the search: words, and conditions such as ``repo:api`` or ``since:7d``."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agor_core.clock import timestamp

NAMES = ("repo", "agent", "board", "status", "since", "until")
"""The conditions; a word that only begins like one is a word."""
STATUSES = {"needs": "awaiting_permission", "done": "completed"}
"""Statuses by their words on the screen, where they differ."""
_AGO = re.compile(r"(\d{1,5})([mhdwy])")
_UNIT = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1),
         "y": timedelta(days=365)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """The words, the parameters of the call, and why a condition is wrong; empty if none is."""

    words: str
    parameters: tuple[tuple[str, str], ...] = ()
    fault: str = ""

    def pairs(self, limit: int) -> list[tuple[str, str]]:
        """The query of ``GET /search``: the last word may still be typed."""
        return [("q", self.words), *self.parameters, ("begun", "true"), ("limit", str(limit))]


def parsed(text: str, now: datetime) -> SearchQuery:
    """The query of a typed text. A condition without a value counts as not typed yet."""
    words: list[str] = []
    parameters: list[tuple[str, str]] = []
    fault = ""
    for token in text.split():
        name, colon, value = token.partition(":")
        if not colon or name not in NAMES:
            words.append(token)
        elif name in ("since", "until") and value:
            if (moment := _moment(value, now)) is None:
                fault = f"{name}: takes a date such as 2026-01-31, or an age such as 12h, 7d, 3w."
            else:
                parameters.append((name, moment))
        elif value:
            parameters.append((name, STATUSES.get(value, value) if name == "status" else value))
    return SearchQuery(" ".join(words), tuple(parameters), fault)


def _moment(text: str, now: datetime) -> str | None:
    """A date or an age as a timestamp; the day begins where the person is."""
    if (found := _AGO.fullmatch(text)) is not None:
        return timestamp(now - int(found[1]) * _UNIT[found[2]])
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return timestamp((moment if moment.tzinfo else moment.astimezone()).astimezone(UTC))
