"""A session as a row of a list: its columns by the width that there is, and their headings. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from agor_core.domain.approval import Approval
from agor_core.domain.session import Session, SessionStatus
from agor_tui.app.widgets.approval_lines import approval_in_two_lines, approval_lines
from agor_tui.app.widgets.cards import (
    PAUSED,
    CardContext,
    activity,
    branch_line,
    changes_line,
    edge,
    latest,
    place_line,
    progress,
    spending_line,
    time_in_status,
    title_line,
)
from agor_tui.app.widgets.lines import Line, joined, justified, padded, truncated
from agor_tui.state import clean
from agor_tui.state.questions import question_of, request_title
from agor_tui.state.reviewing import left_of
from agor_tui.state.session_status import failure_reason

Draw = Callable[[Session, CardContext, int], Line]


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the list beside the title; ``right`` aligns it there."""

    name: str
    width: int
    draw: Draw
    right: bool = False


def list_rows(session: Session, context: CardContext, width: int) -> list[Line]:
    """One line; for the selected session two more with the most important facts of a card, first its approval."""
    fields = _fields(width, placed=context.placed)
    right: Line = []
    for field in fields:
        drawn = truncated(field.draw(session, context, field.width), field.width)
        right += [("  ", "text"), *(_to_right(drawn, field.width) if field.right else padded(drawn, field.width))]
    name = title_line(session, context, width - 1 - _taken(fields))
    rows = [[*edge(session, context, first=True), *justified(name, [*right, (" ", "text")], width - 1)]]
    if context.selected:
        rows += [[*edge(session, context), ("  ", "text"), *line] for line in _below(session, context, width)]
    return rows


def heading(width: int, *, placed: bool) -> Line:
    """The names of the columns; empty where they would only take a line away."""
    if width < MEDIUM:
        return []
    fields = _fields(width, placed=placed)
    right: Line = []
    for field in fields:
        name: Line = [(field.name, "faint")]
        right += [("  ", "text"), *(_to_right(name, field.width) if field.right else padded(name, field.width))]
    return justified([("   title", "faint")], [*right, (" ", "text")], width)


def shows_all_lines(question: Approval, width: int) -> bool:
    """Whether the rows of a list of this width show all lines of an approval."""
    room = _room(width)
    return approval_in_two_lines(question, room) == approval_lines(question, room)


MEDIUM, LARGE = 96, 130
"""Cells from which the list has a heading and more columns."""


def _fields(width: int, *, placed: bool) -> list[Field]:
    """The columns from the left; the title has what they leave."""
    age = Field("", 4, _age, right=True)
    if width < MEDIUM:
        where = Field("where", 20 if width >= 76 else 16, _place) if placed else Field("agent", 12, _agent)
        return [where, Field("", 22 if width >= 76 else 16, _what), age]
    where = Field("repo · branch", 30 if width >= LARGE else 24, _place) if placed else Field("branch", 22, _branch)
    plan = Field("plan", 15, _plan)
    changes = Field("changes", 12, _changes)
    if width < LARGE:
        return [where, plan, changes, age]
    cost = Field("tokens", 8, _spent, right=True)
    fields = [where, Field("agent", 11, _agent), plan, changes, cost, age]
    last = width - 46 - _taken(fields) - 2
    return [*fields, Field("last", last, _last)]


def _taken(fields: list[Field]) -> int:
    return sum(field.width + 2 for field in fields) + 2


def _to_right(line: Line, width: int) -> Line:
    missing = width - sum(clean.width(text) for text, _ in line)
    return [(" " * max(0, missing), "text"), *line]


def _below(session: Session, context: CardContext, width: int) -> list[Line]:
    """The two lines below the selected row."""
    room = _room(width)
    identity: Line = [(clean.line(session.agent), "muted")] if context.placed else []
    branch = branch_line(session, context, room // 2)
    paused: Line = [(PAUSED, "warning")] if session.queue_paused else []
    facts = joined([identity, branch, [(session.short_id, "faint")], paused, [(left_of(session), "accent")]])
    lines = [facts, *activity(session, context, room)]
    if context.approval is not None:
        lines = [facts, *approval_in_two_lines(context.approval, room)][-2:]
    elif len(lines) == 1:
        said: Line = [(latest(session, context.glyphs), "faint")]
        lines.append(joined([said, [(failure_reason(session), "del")]], ": "))
    return [truncated(line, room) for line in lines]


def _room(width: int) -> int:
    """The cells of the extra rows of a list, without their indent."""
    return width - 4


def _age(session: Session, context: CardContext, _: int) -> Line:
    return [(time_in_status(session, context), "faint")]


def _agent(session: Session, _: CardContext, room: int) -> Line:
    return [(clean.cut(clean.line(session.agent), room), "muted")]


def _place(session: Session, context: CardContext, room: int) -> Line:
    return place_line(session, context, room)


def _branch(session: Session, context: CardContext, room: int) -> Line:
    return branch_line(session, context, room, stat=False)


def _plan(session: Session, context: CardContext, _: int) -> Line:
    return progress(session, context)


def _changes(session: Session, context: CardContext, _: int) -> Line:
    return changes_line(session, context.glyphs)


def _spent(session: Session, _: CardContext, __: int) -> Line:
    return spending_line(session)


def _what(session: Session, context: CardContext, room: int) -> Line:
    """What is needed first: the question, the plan's progress, the reason of a failure, else the changes."""
    match session.status:
        case SessionStatus.AWAITING_PERMISSION:
            return _asked(session, context, room)
        case SessionStatus.RUNNING:
            return progress(session, context) or _last(session, context, room)
        case SessionStatus.FAILED if why := failure_reason(session):
            return [(clean.cut(why, room), "del")]
        case _:
            return changes_line(session, context.glyphs)


def _asked(session: Session, context: CardContext, room: int) -> Line:
    tool = context.approval.tool if context.approval is not None else None
    words = request_title(tool) if tool is not None else clean.line(session.current.asks if session.current else None)
    if tool is not None and (command := question_of(tool).command):
        words = command[0]
    return [(clean.cut(words or "needs you", room), "warning-strong")]


def _last(session: Session, context: CardContext, room: int) -> Line:
    """What is asked, failed, done or was said last."""
    current = session.current
    if session.status is SessionStatus.AWAITING_PERMISSION:
        return _asked(session, context, room)
    if why := failure_reason(session):
        return [(clean.cut(why, room), "del")]
    said = clean.line((current.notice or current.doing or current.step) if current is not None else None)
    return [(clean.cut(said, room), "muted" if session.active else "faint")] if said and room > 0 else []
