"""A session on a board: as a card, and as rows of a list. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime

from agor_core.domain.approval import Approval
from agor_core.domain.figures import Diffstat
from agor_core.domain.session import Session, SessionStatus
from agor_tui.app.widgets.approval_lines import approval_in_two_lines, approval_lines
from agor_tui.app.widgets.ink import BAR, MARKED, TONES
from agor_tui.app.widgets.lines import Line, cells, joined, justified, padded, plain, truncated, wrap
from agor_tui.state import clean
from agor_tui.state.ages import age
from agor_tui.state.figures import bar, changes, lines_changed
from agor_tui.state.glyphs import Glyphs
from agor_tui.state.landing_facts import where
from agor_tui.state.session_status import failure_reason, mark_of, status_since
from agor_tui.state.titles import session_title

WORDS, BODY = 3, 4
"""Lines of an approval's request and of its details on a card."""


@dataclass(frozen=True, slots=True)
class CardContext:
    """The values that the drawing of a card depends on beside the session."""

    glyphs: Glyphs
    now: datetime
    approval: Approval | None = None
    """The pending approval that a key would answer."""
    selected: bool = False
    """Whether the cursor is on it."""
    marked: bool = False
    """Whether it is one of several selected sessions."""


def card(session: Session, context: CardContext, width: int) -> list[Line]:
    """The lines of a card, and a blank line."""
    rows = _head_lines(session, context, width - 1)
    rows += [[("  ", "text"), *row] for row in _facts(session, context, _card_room(width)) if row]
    return [[*_edge(session, context, first=not number), *row] for number, row in enumerate(rows)] + [[]]


def list_rows(session: Session, context: CardContext, width: int) -> list[Line]:
    """One line; for the selected session two more with the most important facts of a card, first its approval."""
    edge = _edge(session, context)
    agent = [(clean.pad(clean.line(session.agent), 12), "muted")]
    right: Line = [*agent, ("  ", "text"), *padded(_progress_or_changes(session, context), 16)]
    right += [(clean.pad(time_in_status(session, context), 4, right=True), "faint"), (" ", "text")]
    rows = [[*_edge(session, context, first=True), *justified(_head(session, context, width), right, width - 1)]]
    if context.selected:
        facts = joined([[(session.short_id, "faint")], _branch(session, context, width - 16)])
        room = _list_room(width)
        below = [facts, *_activity(session, context, room)]
        if context.approval is not None:
            below = [facts, *approval_in_two_lines(context.approval, room)][-2:]
        elif len(below) == 1:
            latest: Line = [(_latest(session, context.glyphs), "faint")]
            below.append(joined([latest, [(failure_reason(session), "del")]], ": "))
        rows += [[*edge, ("  ", "text"), *truncated(row, room)] for row in below]
    return rows


def shows_all_lines(question: Approval, width: int, *, listed: bool) -> bool:
    """Whether a card of this width, or the rows of a list, show all lines of an approval."""
    if listed:
        room = _list_room(width)
        return approval_in_two_lines(question, room) == approval_lines(question, room)
    room = _card_room(width)
    return approval_lines(question, room, words=WORDS, body=BODY) == approval_lines(question, room)


def time_in_status(session: Session, context: CardContext) -> str:
    """The time since the status began, in minutes or longer units, so that a board is redrawn once a minute."""
    shown = age(status_since(session, context.approval), context.now)
    return "now" if shown.endswith("s") else shown


def _card_room(width: int) -> int:
    """The cells of a card without its edge and indent."""
    return width - 3


def _list_room(width: int) -> int:
    """The cells of the extra rows of a list, without their indent."""
    return width - 4


def _edge(session: Session, context: CardContext, *, first: bool = False) -> Line:
    """The left edge: the cursor's bar, and in the first line of a marked session its sign."""
    if first and context.marked:
        return [(MARKED, "accent-strong")]
    waits = session.status is SessionStatus.AWAITING_PERMISSION
    return [(BAR if context.selected else " ", "warning" if waits else "accent")]


def _head(session: Session, context: CardContext, room: int) -> Line:
    mark = mark_of(session, context.glyphs)
    sign = origin_glyph(session, context.glyphs)
    ink = {SessionStatus.AWAITING_PERMISSION: "strong", SessionStatus.COMPLETED: "muted"}.get(session.status, "text")
    name = clean.cut(session_title(session), max(4, room - 2 - (3 if sign else 0)))
    line: Line = [(mark.glyph, TONES[mark.tone]), (" ", "text"), (name, "strong" if context.selected else ink)]
    return [*line, ("  ", "text"), (sign, "faint")] if sign else line


def _head_lines(session: Session, context: CardContext, room: int) -> list[Line]:
    """The title on one line, or on two if it is long, broken between words if possible."""
    head = _head(session, context, room)
    sign = 3 if origin_glyph(session, context.glyphs) else 0
    if clean.width(session_title(session)) <= room - 2 - sign:
        return [head]
    ink = next(ink for text, ink in head[2:3])
    first, *others = wrap([(session_title(session), ink)], room - 2 - sign)
    rest = plain([span for line in others for span in [*line, (" ", ink)]]).rstrip()
    second: Line = [("  ", "text"), (clean.cut(rest, room - 2), ink)]
    return [[*head[:2], *first, *head[3:]], second] if rest else [head]


def _facts(session: Session, context: CardContext, room: int) -> list[Line]:
    agent: Line = [(clean.line(session.agent), "muted")]
    since: Line = [(time_in_status(session, context), "faint")]
    identity = joined([agent, [(session.short_id, "faint")], since])
    if cells(identity) > room:
        identity = joined([agent, since])
    return [
        truncated(identity, room),
        progress(session, context) if session.active else [],
        *_activity(session, context, room),
        *_failure(session, room),
        _branch(session, context, room),
    ]


def progress(session: Session, context: CardContext) -> Line:
    """The plan's progress bar and count; empty without a plan."""
    current = session.current
    if current is None or not current.plan_total:
        return []
    drawn = bar(current.plan_done, current.plan_total, 10, context.glyphs)
    full = drawn.rstrip(context.glyphs.bar_empty)
    ink = "warning" if session.status is SessionStatus.AWAITING_PERMISSION else "accent"
    counted = f" {current.plan_done}/{current.plan_total}"
    return [(full, ink), (drawn[len(full) :], "rule"), (counted, "muted")]


def origin_glyph(session: Session, glyphs: Glyphs) -> str:
    """The glyph of a fork or a spawn; empty for any other session."""
    if session.genealogy.forked_from_session_id is not None:
        return glyphs.fork
    return glyphs.spawn if session.genealogy.parent_session_id is not None else ""


def branch_label(session: Session) -> str:
    """The branch, with a star for uncommitted changes; empty outside git."""
    ref = clean.line(session.git_state.ref)
    return f"{ref}*" if ref and (session.git_state.current_sha or "").endswith("-dirty") else ref


def _activity(session: Session, context: CardContext, room: int) -> list[Line]:
    """The pending approval, a trouble of the agent, or the plan step in progress."""
    current = session.current
    match session.status:
        case SessionStatus.AWAITING_PERMISSION if context.approval is not None:
            return approval_lines(context.approval, room, words=WORDS, body=BODY)
        case SessionStatus.AWAITING_PERMISSION if current is not None and current.asks:
            return [truncated([("wants: ", "warning"), (clean.line(current.asks), "warning-strong")], room)]
        case SessionStatus.RUNNING if current is not None and current.notice:
            return [truncated([(clean.line(current.notice), "warning")], room)]
        case SessionStatus.RUNNING if current is not None and current.step:
            return [truncated([(clean.line(current.step), "muted")], room)]
        case _:
            return []


def _failure(session: Session, room: int) -> list[Line]:
    """The reason of a failure, on two lines at most."""
    if not (why := failure_reason(session)):
        return []
    first, *others = wrap([(why, "del")], room)
    rest = " ".join(plain(line) for line in others)
    return [first, truncated([(rest, "del")], room)] if rest else [first]


def _latest(session: Session, glyphs: Glyphs) -> str:
    """The position and status of the latest task."""
    current = session.current
    return "no task yet" if current is None else f"task {current.position} {glyphs.task(current.status).word}"


def _branch(session: Session, context: CardContext, room: int) -> Line:
    stat = changes_line(session, context.glyphs)
    if session.landed is not None:
        landed: Line = [(where(session.landed), "muted")]
        return truncated(joined([landed, stat], "  "), room)
    name = branch_label(session)
    if not name or _repeats_title(session):
        return stat
    return joined([[(clean.cut(name, room - cells(stat) - (2 if stat else 0)), "faint")], stat], "  ")


def _repeats_title(session: Session) -> bool:
    """Whether the branch repeats the title, as a branch does that is named after it."""
    words = "-".join(re.findall(r"[a-z0-9]+", session_title(session).casefold()))
    stem = re.sub(r"-\d+$", "", session.git_state.ref or "")
    return bool(stem) and words.startswith(stem)


def changes_line(session: Session, glyphs: Glyphs) -> Line:
    """What the session changed since it began."""
    return diffstat_line(session.changed, glyphs)


def diffstat_line(diffstat: Diffstat | None, glyphs: Glyphs) -> Line:
    """Lines added and removed; the number of files if there are no lines; empty without changes."""
    added, removed = lines_changed(diffstat, glyphs)
    if added or removed:
        return joined([[(added, "add")], [(removed, "del")]], " ", "text")
    return [(counted, "faint")] if (counted := changes(diffstat, glyphs)) else []


def _progress_or_changes(session: Session, context: CardContext) -> Line:
    if session.active and (shown := progress(session, context)):
        return shown
    return changes_line(session, context.glyphs) or [(mark_of(session, context.glyphs).word, "faint")]
