"""How a worktree stands, in words and figures."""

from agor_core.domain.standing import WorktreeStanding
from agor_tui.state.glyphs import UNICODE, Glyphs, Tone


def state_of(seen: WorktreeStanding) -> tuple[str, Tone]:
    """Its state in a word, and the tone of that."""
    if not seen.there:
        return "gone", Tone.WARNING
    if seen.problem is not None:
        return "unknown", Tone.WARNING
    if seen.dirty:
        return "changed", Tone.ACCENT
    return ("done", Tone.SUCCESS) if seen.done else ("open", Tone.PLAIN)


def beside(seen: WorktreeStanding, glyphs: Glyphs = UNICODE) -> str:
    """Commits that it has beside the branch that it is meant for, ``+2``, and that it lacks, ``−1``; empty for none."""
    ahead, behind = seen.ahead or 0, seen.behind or 0
    return " ".join(filter(None, (f"+{ahead}" if ahead else "", f"{glyphs.minus}{behind}" if behind else "")))
