"""How a session looks on a board: as a card, and as a line of a list. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime

from agor_core.domain.figures import Diffstat
from agor_core.domain.session import Session, SessionStatus
from agor_tui.app.widgets.ink import BAR, MARKED, TONES
from agor_tui.app.widgets.lines import Line, apart, cells, fit, joined, padded, plain, wrap
from agor_tui.state import clean
from agor_tui.state.ages import age
from agor_tui.state.figures import bar, changes, lines_changed
from agor_tui.state.glyphs import Glyphs

ACTIVE = (SessionStatus.RUNNING, SessionStatus.AWAITING_PERMISSION)
MARGIN = 1


@dataclass(frozen=True, slots=True)
class Look:
    """By what a card is drawn."""

    glyphs: Glyphs
    now: datetime
    selected: bool = False
    """Under the cursor."""
    marked: bool = False
    """One of several that were selected."""


def title(session: Session) -> str:
    """A session's title, or what stands for it."""
    return clean.line(session.title) or "untitled"


def card(session: Session, look: Look, width: int) -> list[Line]:
    """A card of up to six lines, and one blank."""
    room = width - 1 - MARGIN
    rows = _head_lines(session, look, room)
    rows += [[("  ", "text"), *row] for row in _facts(session, look, room - 2) if row]
    return [[*_edge(session, look, first=not number), *row] for number, row in enumerate(rows)] + [[]]


def list_line(session: Session, look: Look, width: int) -> list[Line]:
    """One line; below the selected one two more with what a card would show."""
    edge = _edge(session, look)
    agent = [(clean.pad(clean.line(session.agent), 12), "muted")]
    right: Line = [*agent, ("  ", "text"), *padded(_standing(session, look), 16)]
    right += [(clean.pad(age(session.updated_at, look.now), 4, right=True), "faint"), (" ", "text")]
    rows = [[*_edge(session, look, first=True), *apart(_head(session, look, width), right, width - 1)]]
    if look.selected:
        facts = joined([[(session.short_id, "faint")], _branch(session, look, width - 16)])
        wish = _wish(session) or [(_latest(session, look.glyphs), "faint")]
        rows += [[*edge, ("  ", "text"), *fit(row, width - 4)] for row in (facts, wish)]
    return rows


def _edge(session: Session, look: Look, *, first: bool = False) -> Line:
    """The cursor's bar at the left; in its first line the sign of what is selected beside it."""
    if first and look.marked:
        return [(MARKED, "accent-strong")]
    waits = session.status is SessionStatus.AWAITING_PERMISSION
    return [(BAR if look.selected else " ", "warning" if waits else "accent")]


def _head(session: Session, look: Look, room: int) -> Line:
    mark = look.glyphs.session(session.status)
    sign = kinship(session, look.glyphs)
    ink = {SessionStatus.AWAITING_PERMISSION: "strong", SessionStatus.COMPLETED: "muted"}.get(session.status, "text")
    name = clean.cut(title(session), max(4, room - 2 - (3 if sign else 0)))
    line: Line = [(mark.glyph, TONES[mark.tone]), (" ", "text"), (name, "strong" if look.selected else ink)]
    return [*line, ("  ", "text"), (sign, "faint")] if sign else line


def _head_lines(session: Session, look: Look, room: int) -> list[Line]:
    """The title on one line, or on two where it is long; a word is only cut if it is longer than that."""
    head = _head(session, look, room)
    sign = 3 if kinship(session, look.glyphs) else 0
    if clean.width(title(session)) <= room - 2 - sign:
        return [head]
    ink = next(ink for text, ink in head[2:3])
    first, *others = wrap([(title(session), ink)], room - 2 - sign)
    rest = plain([span for line in others for span in [*line, (" ", ink)]]).rstrip()
    second: Line = [("  ", "text"), (clean.cut(rest, room - 2), ink)]
    return [[*head[:2], *first, *head[3:]], second] if rest else [head]


def _facts(session: Session, look: Look, room: int) -> list[Line]:
    agent: Line = [(clean.line(session.agent), "muted")]
    since: Line = [(age(session.updated_at, look.now), "faint")]
    identity = joined([agent, [(session.short_id, "faint")], since])
    if cells(identity) > room:
        identity = joined([agent, since])
    return [
        fit(identity, room),
        progress(session, look) if session.status in ACTIVE else [],
        fit(_wish(session), room),
        _branch(session, look, room),
    ]


def progress(session: Session, look: Look) -> Line:
    """The plan's bar and count; empty without a plan."""
    current = session.current
    if current is None or not current.plan_total:
        return []
    drawn = bar(current.plan_done, current.plan_total, 10, look.glyphs)
    full = drawn.rstrip(look.glyphs.bar_empty)
    ink = "warning" if session.status is SessionStatus.AWAITING_PERMISSION else "accent"
    counted = f" {current.plan_done}/{current.plan_total}"
    return [(full, ink), (drawn[len(full) :], "rule"), (counted, "muted")]


def kinship(session: Session, glyphs: Glyphs) -> str:
    """Whether it is a fork or was spawned, as a sign."""
    if session.genealogy.forked_from_session_id is not None:
        return glyphs.fork
    return glyphs.spawn if session.genealogy.parent_session_id is not None else ""


def branch(session: Session) -> str:
    """The branch, with a star if the tree differs from its last commit; empty outside git."""
    ref = clean.line(session.git_state.ref)
    return f"{ref}*" if ref and (session.git_state.current_sha or "").endswith("-dirty") else ref


def _wish(session: Session) -> Line:
    current = session.current
    if current is None:
        return []
    if session.status is SessionStatus.AWAITING_PERMISSION and current.asks:
        return [("wants: ", "warning"), (clean.line(current.asks), "warning-strong")]
    if session.status is SessionStatus.RUNNING and current.step:
        return [(clean.line(current.step), "muted")]
    return []


def _latest(session: Session, glyphs: Glyphs) -> str:
    """Where its latest task stands."""
    current = session.current
    return "no task yet" if current is None else f"task {current.position} {glyphs.task(current.status).word}"


def _branch(session: Session, look: Look, room: int) -> Line:
    stat = changed(session, look.glyphs)
    name = branch(session)
    if not name or _echoes(session):
        return stat
    return joined([[(clean.cut(name, room - cells(stat) - (2 if stat else 0)), "faint")], stat], "  ")


def _echoes(session: Session) -> bool:
    """Whether the branch only says the title again, as those do that are named after it."""
    words = "-".join(re.findall(r"[a-z0-9]+", title(session).casefold()))
    stem = re.sub(r"-\d+$", "", session.git_state.ref or "")
    return bool(stem) and words.startswith(stem)


def changed(session: Session, glyphs: Glyphs) -> Line:
    """What the latest task changed."""
    return coloured(session.current.diffstat if session.current else None, glyphs)


def coloured(diffstat: Diffstat | None, glyphs: Glyphs) -> Line:
    """Lines added and removed; files where there are no lines to count; empty where nothing changed."""
    added, removed = lines_changed(diffstat, glyphs)
    if added or removed:
        return joined([[(added, "add")], [(removed, "del")]], " ", "text")
    return [(counted, "faint")] if (counted := changes(diffstat, glyphs)) else []


def _standing(session: Session, look: Look) -> Line:
    if session.status in ACTIVE and (shown := progress(session, look)):
        return shown
    return changed(session, look.glyphs) or [(look.glyphs.session(session.status).word, "faint")]
