"""How long the supervisor waits, and how much it keeps: every number in one place, so that tests can lower them."""

from dataclasses import dataclass, field

from agor_core.git.files import SizeLimits


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, characters and bytes.

    ``start`` bounds initialize and opening a session each; ``cancel`` is what an agent gets to end a turn politely
    before its process is ended; ``end`` lies between TERM and KILL; ``idle`` is how long a process is kept warm.
    """

    start: float = 60
    cancel: float = 10
    end: float = 10
    idle: float = 600
    history: int = 100_000
    report: int = 4_000
    checkpoint: SizeLimits = field(default_factory=SizeLimits)
