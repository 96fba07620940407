"""The latest check of a session or a task in a few words: ``✓ check 41s``, muted where the files moved on since."""

from agor_core.domain.check import CheckFacts, CheckStatus
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_tui.state.ages import duration
from agor_tui.state.glyphs import Glyphs, Mark, Tone
from agor_tui.state.segments import Segment

WORDS = {
    CheckStatus.RUNNING: "checking",
    CheckStatus.PASSED: "check",
    CheckStatus.FAILED: "check failed",
    CheckStatus.STOPPED: "check stopped",
    CheckStatus.ERROR: "not checked",
}


def of_session(session: Session, glyphs: Glyphs) -> Segment | None:
    """The session's latest check; None without one."""
    if session.check is None:
        return None
    present = session.current.task_id if session.current is not None else None
    return words(session.check, glyphs, old=session.check.task_id != present)


def of_task(task: Task, glyphs: Glyphs) -> Segment | None:
    """The latest check of the files at a task's end; None without one."""
    return None if task.check is None else words(task.check, glyphs, old=False)


def in_short(task: Task, glyphs: Glyphs) -> Segment | None:
    """The same as glyph and one word, for a narrow place."""
    if task.check is None:
        return None
    mark = glyphs.check(task.check.status)
    return Segment(f"{mark.glyph} check", mark.tone)


def words(check: CheckFacts, glyphs: Glyphs, *, old: bool) -> Segment:
    """A check as glyph and words; ``old``: the files are others by now."""
    mark: Mark = glyphs.check(check.status)
    said = WORDS.get(check.status, str(check.status))
    took = f" {duration(check.duration)}" if check.duration is not None and check.status == CheckStatus.PASSED else ""
    if old and check.status != CheckStatus.RUNNING:
        return Segment(f"{mark.glyph} {said} before", Tone.MUTED)
    return Segment(f"{mark.glyph} {said}{took}", mark.tone)
