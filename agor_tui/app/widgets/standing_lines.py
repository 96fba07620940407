"""How a session's files stand, as parts of lines: its branch, its target, what is uncommitted, its folder. Pure."""

from pathlib import Path

from agor_core.domain.session import Session
from agor_core.domain.standing import SessionStanding
from agor_core.domain.texts import short_sha
from agor_tui.app.widgets.cards import diffstat_line
from agor_tui.app.widgets.lines import Line, cells, joined, truncated, wrap
from agor_tui.state import clean
from agor_tui.state.figures import files
from agor_tui.state.glyphs import Glyphs
from agor_tui.state.session_place import branch_label

HOME = str(Path.home())


def folder(session: Session, seen: SessionStanding | None) -> str:
    """The path of the session's working tree, with ``~`` for the user's own folder."""
    path = clean.line(session.repo.cwd if seen is None else seen.path)
    return f"~{path.removeprefix(HOME)}" if path.startswith(f"{HOME}/") else path


def branch(session: Session, seen: SessionStanding | None, glyphs: Glyphs) -> Line:
    """The branch, with a star for uncommitted changes, and the commits beside its target: ``feat* ↑2 ↓1``."""
    name = branch_label(session)
    if not name:
        return []
    return joined([[(name, "muted")], [(beside(seen, glyphs), "accent")]], " ")


def beside(seen: SessionStanding | None, glyphs: Glyphs) -> str:
    """``↑2 ↓1``: commits that the target lacks, and that the session lacks; empty for none."""
    if seen is None:
        return ""
    pairs = ((glyphs.ahead, seen.ahead), (glyphs.behind, seen.behind))
    return " ".join(f"{glyph}{count}" for glyph, count in pairs if count)


def changed(session: Session, seen: SessionStanding | None, glyphs: Glyphs) -> Line:
    """What the session changed since its base: ``+120 −8 in 5 files``; while it is at work, as it was seen last."""
    stat = seen.diffstat if seen is not None and session.active else session.changed
    if stat is None or not stat.files:
        return []
    figures = diffstat_line(stat, glyphs)
    count = files(stat.files)
    return figures if figures == [(count, "faint")] else [*figures, (f" in {count}", "faint")]


def side(session: Session, seen: SessionStanding | None, glyphs: Glyphs, room: int) -> list[Line]:
    """The lines of the side pane."""
    lines: list[Line] = [truncated(branch(session, seen, glyphs), room)]
    if seen is not None and seen.target is not None:
        lines.append(truncated([(f"{_beside(seen)} ", "faint"), (clean.line(seen.target), "muted")], room))
    if seen is not None and seen.uncommitted is not None:
        loose = f"{files(seen.uncommitted)} uncommitted" if seen.uncommitted else "all is committed"
        lines.append([(loose, "accent" if seen.uncommitted else "faint")])
    if stat := changed(session, seen, glyphs):
        base = session.git_state.since
        since: Line = [*stat, (f" since {short_sha(base)}" if base else "", "faint")]
        lines.append(since if cells(since) <= room else truncated(stat, room))
    if seen is not None and seen.problem is not None:
        lines += wrap([(clean.line(seen.problem), "warning")], room)
    where = folder(session, seen)
    return [*lines, *([(part, "faint")] for part in _broken(where, room))]


def _beside(seen: SessionStanding) -> str:
    """The words before the target's name: ``2 ahead, 1 behind``."""
    if seen.ahead:
        return f"{seen.ahead} ahead, {seen.behind} behind" if seen.behind else f"{seen.ahead} ahead of"
    return f"{seen.behind} behind" if seen.behind else "level with"


def _broken(path: str, room: int) -> list[str]:
    """A path in lines, broken after slashes where that is possible."""
    lines: list[str] = []
    while clean.width(path) > room > 1:
        end = path.rfind("/", 1, room) + 1 or room
        lines.append(path[:end])
        path = path[end:]
    return [*lines, path]
