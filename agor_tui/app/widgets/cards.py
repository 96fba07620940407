"""A session on a board as a card, and the lines of facts that a card shares with a row of a list. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime

from agor_core.domain.approval import Approval
from agor_core.domain.figures import Diffstat
from agor_core.domain.session import Session, SessionStatus
from agor_tui.app.widgets.approval_lines import approval_lines
from agor_tui.app.widgets.ink import BAR, MARKED, TONES
from agor_tui.app.widgets.lines import Line, cells, joined, joined_within, plain, truncated, wrap
from agor_tui.state import check_facts, clean
from agor_tui.state.ages import age
from agor_tui.state.figures import bar, changes, lines_changed, money, tokens
from agor_tui.state.glyphs import Glyphs
from agor_tui.state.landing_facts import where
from agor_tui.state.reviewing import left_of
from agor_tui.state.session_place import branch_label, repo_name, worktree_label
from agor_tui.state.session_status import failure_reason, mark_of, status_since
from agor_tui.state.titles import session_title

WORDS, BODY = 3, 4
"""Lines of an approval's request and of its details on a card."""
PAUSED = "queue paused"


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
    placed: bool = False
    """Whether it says where it works, as there are sessions in view that work elsewhere."""


def card(session: Session, context: CardContext, width: int) -> list[Line]:
    """The lines of a card, and a blank line."""
    rows = _head_lines(session, context, width - 1)
    rows += [[("  ", "text"), *row] for row in _facts(session, context, _card_room(width)) if row]
    return [[*edge(session, context, first=not number), *row] for number, row in enumerate(rows)] + [[]]


def shows_all_lines(question: Approval, width: int) -> bool:
    """Whether a card of this width shows all lines of an approval."""
    room = _card_room(width)
    return approval_lines(question, room, words=WORDS, body=BODY) == approval_lines(question, room)


def time_in_status(session: Session, context: CardContext) -> str:
    """The time since the status began, in minutes or longer units, so that a board is redrawn once a minute."""
    shown = age(status_since(session, context.approval), context.now)
    return "now" if shown.endswith("s") else shown


def _card_room(width: int) -> int:
    """The cells of a card without its edge and indent."""
    return width - 3


def edge(session: Session, context: CardContext, *, first: bool = False) -> Line:
    """The left edge: the cursor's bar, and in the first line of a marked session its sign."""
    if first and context.marked:
        return [(MARKED, "accent-strong")]
    waits = session.status is SessionStatus.AWAITING_PERMISSION
    return [(BAR if context.selected else " ", "warning" if waits else "accent")]


def title_line(session: Session, context: CardContext, room: int) -> Line:
    """The glyph of the status, the title, and the signs after it."""
    mark = mark_of(session, context.glyphs)
    sign = _signs(session, context.glyphs)
    name = clean.cut(session_title(session), max(4, room - 2 - (clean.width(sign) + 2 if sign else 0)))
    ink = _title_ink(session)
    line: Line = [(mark.glyph, TONES[mark.tone]), (" ", "text"), (name, "strong" if context.selected else ink)]
    return [*line, ("  ", "text"), (sign, "faint")] if sign else line


def _head_lines(session: Session, context: CardContext, room: int) -> list[Line]:
    """The title on one line, or on two if it is long, broken between words if possible."""
    head = title_line(session, context, room)
    signs = _signs(session, context.glyphs)
    sign = clean.width(signs) + 2 if signs else 0
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
        place_line(session, context, room) if context.placed else [],
        truncated(identity, room),
        progress(session, context) if session.active else [],
        *activity(session, context, room),
        *_failure(session, room),
        changes_line(session, context.glyphs) if context.placed else branch_line(session, context, room),
        [(left_of(session), "accent")] if left_of(session) else [],
        [(PAUSED, "warning")] if session.queue_paused else [],
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
    return [(full, ink), (drawn[len(full) :], "dim"), (counted, "muted")]


def _title_ink(session: Session) -> str:
    if session.status is SessionStatus.AWAITING_PERMISSION or session.unseen:
        return "strong"
    return "muted" if session.status is SessionStatus.COMPLETED else "text"


def _signs(session: Session, glyphs: Glyphs) -> str:
    """The signs after a title: a failure that was not seen, a fork or a spawn."""
    new = glyphs.new if session.unseen and session.status is SessionStatus.FAILED else ""
    return " ".join(filter(None, (new, origin_glyph(session, glyphs))))


def origin_glyph(session: Session, glyphs: Glyphs) -> str:
    """The glyph of a fork or a spawn; empty for any other session."""
    if session.genealogy.forked_from_session_id is not None:
        return glyphs.fork
    return glyphs.spawn if session.genealogy.parent_session_id is not None else ""


def activity(session: Session, context: CardContext, room: int) -> list[Line]:
    """The pending approval; a trouble of the agent, or its plan step and what it does for it; its last words."""
    current = session.current
    if current is None:
        return []
    does: Line = [(clean.line(current.doing), "faint")]
    match session.status:
        case SessionStatus.AWAITING_PERMISSION if context.approval is not None:
            return approval_lines(context.approval, room, words=WORDS, body=BODY)
        case SessionStatus.AWAITING_PERMISSION if current.asks:
            return [truncated([("wants: ", "warning"), (clean.line(current.asks), "warning-strong")], room)]
        case SessionStatus.RUNNING:
            now: Line = [(clean.line(current.notice), "warning")] if current.notice else []
            now = now or [(clean.line(current.step), "muted")]
            return [truncated(line, room) for line in (now, does) if line[0][0]]
        case SessionStatus.IDLE if session.unseen and current.doing:
            return [truncated(does, room)]
        case _:
            return []


def _failure(session: Session, room: int) -> list[Line]:
    """The reason of a failure, on two lines at most."""
    if not (why := failure_reason(session)):
        return []
    first, *others = wrap([(why, "del")], room)
    rest = " ".join(plain(line) for line in others)
    return [first, truncated([(rest, "del")], room)] if rest else [first]


def latest(session: Session, glyphs: Glyphs) -> str:
    """The position and status of the latest task."""
    current = session.current
    return "no task yet" if current is None else f"task {current.position} {glyphs.task(current.status).word}"


def branch_line(session: Session, context: CardContext, room: int, *, stat: bool = True) -> Line:
    """Where the session has landed, else the branch, unless the title says it; and with ``stat`` the changes."""
    figures = changes_line(session, context.glyphs) if stat else []
    changed = joined([check_line(session, context.glyphs), figures], "  ")
    if session.landed is not None:
        landed: Line = [(where(session.landed), "muted")]
        return truncated(joined([landed, changed], "  "), room)
    name = branch_label(session)
    if not name or _repeats_title(session):
        return changed
    return joined([[(clean.cut(name, room - cells(changed) - (2 if changed else 0)), "faint")], changed], "  ")


def place_line(session: Session, context: CardContext, room: int) -> Line:
    """The repository, the branch, and the worktree if it is named otherwise."""
    repo = clean.cut(repo_name(session), max(6, room // 2))
    worktree = worktree_label(session)
    dot = f" {context.glyphs.dot} "
    branch = clean.cut(branch_label(session), max(0, room - clean.width(repo) - 3))
    return joined_within(
        [[(repo, "muted")], [(branch, "faint")], [(f"in {worktree}", "faint")] if worktree else []], room, dot
    )


def spending_line(session: Session) -> Line:
    """The cost, else the tokens."""
    spent = money(session.usage.cost_usd)
    count = session.usage.input_tokens + session.usage.output_tokens
    return [(spent or (tokens(count) if count else ""), "faint")]


def _repeats_title(session: Session) -> bool:
    """Whether the branch repeats the title, as a branch does that is named after it."""
    words = "-".join(re.findall(r"[a-z0-9]+", session_title(session).casefold()))
    stem = re.sub(r"-\d+$", "", session.git_state.ref or "")
    return bool(stem) and words.startswith(stem)


def check_line(session: Session, glyphs: Glyphs) -> Line:
    """The session's latest check; empty without one."""
    found = check_facts.of_session(session, glyphs)
    return [] if found is None else [(found.text, TONES[found.tone])]


def changes_line(session: Session, glyphs: Glyphs) -> Line:
    """What the session changed since it began."""
    return diffstat_line(session.changed, glyphs)


def diffstat_line(diffstat: Diffstat | None, glyphs: Glyphs) -> Line:
    """Lines added and removed; the number of files if there are no lines; empty without changes."""
    added, removed = lines_changed(diffstat, glyphs)
    if added or removed:
        return joined([[(added, "add")], [(removed, "del")]], " ", "text")
    return [(counted, "faint")] if (counted := changes(diffstat, glyphs)) else []
