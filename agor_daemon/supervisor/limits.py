"""The supervisor's timeouts and sizes in one place, so that tests can lower them."""

from dataclasses import dataclass, field

from agor_core.git.files import SizeLimits


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, characters and bytes.

    ``start`` bounds initializing the protocol and opening a conversation each; ``cancel`` lies between asking an agent
    to end its turn and ending its process; ``end`` between TERM and KILL: a stop takes no longer than both. ``idle`` is
    how long a process is kept warm, ``warm`` how many at most; ``turns`` run at once, 0 is any number. ``setup`` bounds
    the set-up of a worktree; ``silence`` is how long nothing is heard of a turn before it says so. ``history`` is the
    longest transcript, ``report`` the longest report of a task. ``budget`` is the most bytes of one repo's checkpoints.
    ``checks`` run at once, ``check`` bounds each; ``check_tasks``: one runs after every task, unless the repo says
    otherwise.
    """

    start: float = 60
    cancel: float = 5
    end: float = 3.5
    idle: float = 600
    warm: int = 8
    turns: int = 0
    setup: float = 900
    silence: float = 120
    history: int = 100_000
    report: int = 4_000
    checkpoint: SizeLimits = field(default_factory=SizeLimits)
    budget: int = 5_000 * 2**20
    checks: int = 2
    check: float = 900
    check_tasks: bool = False
