"""Ids: UUIDv7 text (RFC 9562), the short form that is shown, and the forms in which a person may type one.

The first digits of a UUIDv7 are its clock, which ids made in the same minute share. So the short id is taken from
the last, random group: ``0190f3c4-7a1e-7c3b-9d2e-`` **9d2e1c4b** ``07aa``.
"""

import re
from dataclasses import dataclass
from typing import NewType

SessionId = NewType("SessionId", str)
TaskId = NewType("TaskId", str)
MessageId = NewType("MessageId", str)
BoardId = NewType("BoardId", str)
RepoId = NewType("RepoId", str)
WorktreeId = NewType("WorktreeId", str)
ApprovalId = NewType("ApprovalId", str)
CommentId = NewType("CommentId", str)
LandingId = NewType("LandingId", str)
CheckId = NewType("CheckId", str)
RaceId = NewType("RaceId", str)

SHORT_LENGTH = 8
LONGER_SHORT_LENGTH = 12
SHORTEST_PREFIX = 4

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_GROUPS = (8, 4, 4, 4, 12)


def new_id() -> str:
    """A new UUIDv7, as text with hyphens."""
    from uuid6 import uuid7  # 60 ms to import: only where an id is made

    return str(uuid7())


def is_id(text: str) -> bool:
    """Whether the text is a full id in the form in which it is stored: lower case, with hyphens."""
    return _ID.fullmatch(text) is not None


def canonical(text: str) -> str | None:
    """The stored form of a full id, given with or without hyphens in any case; None if it is not a full id."""
    digits = text.strip().lower().replace("-", "")
    if len(digits) != 32 or re.fullmatch(r"[0-9a-f]{32}", digits) is None:
        return None
    return _hyphenated(digits)


def short_id(full: str, length: int = SHORT_LENGTH) -> str:
    """The first ``length`` digits of an id's last group."""
    return full.rsplit("-", 1)[-1][:length]


@dataclass(frozen=True, slots=True)
class TextRange:
    """The texts from ``low``, included, to ``high``, excluded: a range of an index."""

    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Reference:
    """The readings of a text that a person typed as an id.

    ``exact`` is the full id if it is one; ``ids`` is the range of full ids and ``shorts`` the range of short ids that
    begin with it, where it can be a prefix; ``slug`` is the text itself, for things that have one.
    """

    given: str
    exact: str | None
    short: str | None
    ids: TextRange | None
    shorts: TextRange | None
    slug: str

    def begins(self, full: str, short: str) -> bool:
        """Whether it is a prefix of a full id or of its short form."""
        ids, shorts = self.ids, self.shorts
        return (ids is not None and ids.low <= full < ids.high) or (
            shorts is not None and shorts.low <= short < shorts.high
        )


def reference(text: str) -> Reference:
    """Read a text as an id in every form that it fits. Looks nothing up and refuses nothing."""
    given = text.strip()
    digits = given.lower().replace("-", "")
    exact = canonical(given)
    if exact is not None or not SHORTEST_PREFIX <= len(digits) < 32 or re.fullmatch(r"[0-9a-f]+", digits) is None:
        return Reference(given, exact, None, None, None, given.lower())
    prefix = _hyphenated(digits)
    shorts = None if len(digits) > LONGER_SHORT_LENGTH or "-" in given else TextRange(digits, after_prefix(digits))
    return Reference(
        given,
        None,
        digits if shorts is not None and len(digits) in (SHORT_LENGTH, LONGER_SHORT_LENGTH) else None,
        TextRange(prefix, after_prefix(prefix)),
        shorts,
        given.lower(),
    )


def after_prefix(prefix: str) -> str:
    """The first text after all that begin with ``prefix`` in code point order."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def _hyphenated(digits: str) -> str:
    parts = []
    start = 0
    for size in _GROUPS:
        if start >= len(digits):
            break
        parts.append(digits[start : start + size])
        start += size
    return "-".join(parts)
