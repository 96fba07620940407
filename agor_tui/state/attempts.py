"""The attempts of a race as a person writes them: ``claude-code 2, codex``."""

from collections.abc import Collection

MOST = 20
"""Attempts of one race."""
UNREAD = "{part!r} is no agent with a count; write them as: claude-code 2, codex"
UNKNOWN = "There is no agent {name!r}; there are: {known}."
TOO_MANY = f"A race has {MOST} attempts at most."


class NotRead(ValueError):
    """What is wrong, in one sentence."""


def attempts(text: str, known: Collection[str]) -> tuple[str, ...]:
    """The agents of the attempts, each as often as it is to try; none for an empty text. Raises NotRead."""
    found: list[str] = []
    for part in (part.strip() for part in text.split(",") if part.strip()):
        name, count = _read(part, known)
        if name not in known:
            raise NotRead(UNKNOWN.format(name=name, known=", ".join(known)))
        found += [name] * count
        if len(found) > MOST:
            raise NotRead(TOO_MANY)
    return tuple(found)


def _read(part: str, known: Collection[str]) -> tuple[str, int]:
    if part in known:
        return part, 1
    words = part.replace("×", " ").split()
    match words:
        case [name]:
            return name, 1
        case [name, count] if count.isascii() and count.isdecimal() and int(count[:3]) > 0 and len(count) < 4:
            return name, int(count)
        case _:
            raise NotRead(UNREAD.format(part=part))
