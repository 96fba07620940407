"""Status as a glyph and a word, and the few other marks that screens and tables share; in Unicode and in ASCII."""

from dataclasses import dataclass
from enum import StrEnum

from agor_core.domain.check import CheckStatus
from agor_core.domain.session import SessionStatus
from agor_core.domain.task import PlanStatus, TaskStatus


class Tone(StrEnum):
    """The meaning of a text for its colour; each front end maps it to a colour of its own."""

    PLAIN = "plain"
    MUTED = "muted"
    STRONG = "strong"
    ACCENT = "accent"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Mark:
    """A status as glyph and word, so that it does not depend on colour."""

    glyph: str
    word: str
    tone: Tone

    def __str__(self) -> str:
        return f"{self.glyph} {self.word}"


@dataclass(frozen=True, slots=True)
class Glyphs:
    """A set of glyphs, each one cell wide; only the ellipsis is longer in ASCII."""

    name: str
    running: str
    needs_you: str
    idle: str
    done: str
    failed: str
    new: str
    queued: str
    cancelled: str
    fork: str
    spawn: str
    here: str
    root: str
    bar_full: str
    bar_empty: str
    minus: str
    dot: str
    ellipsis: str
    horizontal: str
    vertical: str
    corner: str
    tee: str
    opened: str
    closed: str
    ahead: str
    behind: str
    dirty: str = "*"

    def session(self, status: str, *, unseen: bool = False) -> Mark:
        """The mark of a session's status; an unknown status, of a newer daemon, is its own word.

        One that rests is new as long as the end of its last task is ``unseen``.
        """
        match status:
            case SessionStatus.IDLE if unseen:
                return Mark(self.new, "new", Tone.STRONG)
            case SessionStatus.RUNNING:
                return Mark(self.running, "running", Tone.ACCENT)
            case SessionStatus.AWAITING_PERMISSION:
                return Mark(self.needs_you, "needs you", Tone.WARNING)
            case SessionStatus.IDLE:
                return Mark(self.idle, "idle", Tone.PLAIN)
            case SessionStatus.COMPLETED:
                return Mark(self.done, "done", Tone.SUCCESS)
            case SessionStatus.FAILED:
                return Mark(self.failed, "failed", Tone.ERROR)
            case _:
                return Mark("?", str(status), Tone.MUTED)

    def task(self, status: str) -> Mark:
        """The mark of a task's status."""
        match status:
            case TaskStatus.CREATED | TaskStatus.QUEUED:
                return Mark(self.queued, "queued", Tone.MUTED)
            case TaskStatus.RUNNING:
                return Mark(self.running, "running", Tone.ACCENT)
            case TaskStatus.AWAITING_PERMISSION:
                return Mark(self.needs_you, "needs you", Tone.WARNING)
            case TaskStatus.COMPLETED:
                return Mark(self.done, "done", Tone.SUCCESS)
            case TaskStatus.FAILED:
                return Mark(self.failed, "failed", Tone.ERROR)
            case TaskStatus.CANCELLED:
                return Mark(self.cancelled, "cancelled", Tone.MUTED)
            case _:
                return Mark("?", str(status), Tone.MUTED)

    def check(self, status: str) -> Mark:
        """The mark of a check's status."""
        match status:
            case CheckStatus.RUNNING:
                return Mark(self.running, "checking", Tone.ACCENT)
            case CheckStatus.PASSED:
                return Mark(self.done, "passed", Tone.SUCCESS)
            case CheckStatus.FAILED:
                return Mark(self.failed, "failed", Tone.ERROR)
            case CheckStatus.STOPPED:
                return Mark(self.cancelled, "stopped", Tone.MUTED)
            case CheckStatus.ERROR:
                return Mark("!", "not checked", Tone.WARNING)
            case _:
                return Mark("?", str(status), Tone.MUTED)

    def plan(self, status: str) -> Mark:
        """The mark of a plan entry's status."""
        match status:
            case PlanStatus.COMPLETED:
                return Mark(self.done, "done", Tone.SUCCESS)
            case PlanStatus.IN_PROGRESS:
                return Mark(self.running, "in progress", Tone.ACCENT)
            case _:
                return Mark(self.idle, "to do", Tone.MUTED)


UNICODE = Glyphs(
    name="unicode",
    running="●",
    needs_you="◐",
    idle="○",
    done="✓",
    failed="✗",
    new="✦",
    queued="⋯",
    cancelled="⊘",
    fork="↱",
    spawn="↳",
    here="◂",
    root="●",
    bar_full="█",
    bar_empty="░",
    minus="−",
    dot="·",
    ellipsis="…",
    horizontal="─",
    vertical="│",
    corner="└",
    tee="├",
    opened="▾",
    closed="▸",
    ahead="↑",
    behind="↓",
)
ASCII = Glyphs(
    name="ascii",
    running="*",
    needs_you="!",
    idle=".",
    done="+",
    failed="x",
    new="o",
    queued="~",
    cancelled="/",
    fork="Y",
    spawn=">",
    here="<",
    root="o",
    bar_full="#",
    bar_empty="-",
    minus="-",
    dot="-",
    ellipsis="...",
    horizontal="-",
    vertical="|",
    corner="`",
    tee="|",
    opened="v",
    closed=">",
    ahead="^",
    behind="v",
)


def chosen(setting: str, encoding: str | None = "utf-8") -> Glyphs:
    """The set that the setting ``app.glyphs`` names; ASCII if the output's encoding lacks the Unicode glyphs."""
    if setting == "ascii":
        return ASCII
    try:
        "●◐○✓✗✦⋯⊘↱↳█░└│↑↓".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE
