"""The preview of a session as lines: its facts, its question with the keys, its last words. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agor_core.domain.approval import Approval
from agor_core.domain.message import Message, Role
from agor_core.domain.session import Session, SessionStatus
from agor_core.domain.task import PlanStatus, Task
from agor_tui.app.widgets import tool_call
from agor_tui.app.widgets.approval_lines import approval_lines
from agor_tui.app.widgets.cards import changes_line, origin_glyph
from agor_tui.app.widgets.ink import TONES
from agor_tui.app.widgets.lines import Line, joined, justified, wrap
from agor_tui.state import clean
from agor_tui.state.conversation import Conversation
from agor_tui.state.figures import files, money, tokens
from agor_tui.state.glyphs import Glyphs
from agor_tui.state.session_place import branch_label, repo_name, worktree_label
from agor_tui.state.session_status import failure_reason
from agor_tui.state.titles import session_title

MOST_PLAN, MOST_FILES = 10, 8
MOST_WORDS = 20_000
"""Characters of a message that are drawn, its last ones."""


@dataclass(frozen=True, slots=True)
class Previewed:
    """A session and what was read of it; ``keys`` are the pairs of key and label that answer its question."""

    session: Session
    conversation: Conversation
    approval: Approval | None = None
    keys: tuple[tuple[str, str], ...] = ()


def fact_lines(shown: Previewed, glyphs: Glyphs, room: int) -> list[Line]:
    """The title, where it works, what it changed and spent, its plan and its files."""
    session = shown.session
    mark = glyphs.session(session.status, unseen=session.unseen)
    sign = origin_glyph(session, glyphs)
    title = wrap([(session_title(session), "strong"), (f"  {sign}" if sign else "", "faint")], room)
    status: Line = [(f"{mark.glyph} {mark.word}", TONES[mark.tone])]
    setup = [(clean.line(part), "muted") for part in (session.agent, session.model, session.mode) if part]
    lines: list[Line] = [
        *title,
        joined([status, *([part] for part in setup), [(session.short_id, "faint")]]),
        *_place(session),
        joined([_task_number(session), changes_line(session, glyphs), _changed_files(session), _spent(session)]),
    ]
    if why := failure_reason(session):
        lines += [[], *wrap([(why, "del")], room)]
    task = _task(shown)
    lines += [*_plan(task, glyphs, room), *_files(task, room)]
    return lines


def word_lines(shown: Previewed, glyphs: Glyphs, room: int, height: int) -> list[Line]:
    """The last words and tool calls, as many as fit above the question, which comes last with its keys."""
    asked = _question(shown, glyphs, room)
    left = height - len(asked)
    said: list[Line] = []
    for message in reversed(shown.conversation.ordered_messages()):
        if left <= len(said):
            break
        lines = _said(message, glyphs, room)
        if lines:
            spaced = bool(said) and not (message.role is Role.TOOL and said[0] and said[0][0][1] == "faint")
            said = [*lines, *([[]] if spaced else []), *said]
    if not said and shown.conversation.loaded and not shown.session.message_count:
        said = [[("Nothing was said yet.", "faint")]]
    return [*(said[-left:] if left > 0 else []), *asked]


def _place(session: Session) -> list[Line]:
    worktree = worktree_label(session)
    return [
        joined(
            [
                [(repo_name(session), "muted")],
                [(branch_label(session), "muted")],
                [(f"in {worktree}", "faint")] if worktree else [],
            ]
        )
    ]


def _task_number(session: Session) -> Line:
    current = session.current
    if current is None:
        return [("no task yet", "faint")]
    return [(f"task {current.position} of {session.task_count}", "faint")]


def _changed_files(session: Session) -> Line:
    changed = session.changed
    return [(f"in {files(changed.files)}", "faint")] if changed is not None and changed.insertions else []


def _spent(session: Session) -> Line:
    count = session.usage.input_tokens + session.usage.output_tokens
    spent = money(session.usage.cost_usd)
    return joined([[(f"{tokens(count)} tokens", "faint")] if count else [], [(spent, "faint")]])


def _task(shown: Previewed) -> Task | None:
    current = shown.session.current
    return shown.conversation.tasks.get(current.task_id) if current is not None else None


def _plan(task: Task | None, glyphs: Glyphs, room: int) -> list[Line]:
    if task is None or not task.plan:
        return []
    done = sum(entry.status is PlanStatus.COMPLETED for entry in task.plan)
    lines: list[Line] = [[], justified([("PLAN", "muted")], [(f"{done}/{len(task.plan)}", "faint")], room)]
    first = max(0, min(done - 2, len(task.plan) - MOST_PLAN))
    for entry in task.plan[first : first + MOST_PLAN]:
        mark = glyphs.plan(entry.status)
        ink = {PlanStatus.COMPLETED: "faint", PlanStatus.IN_PROGRESS: "strong"}.get(entry.status, "muted")
        lines.append([(f"{mark.glyph} ", TONES[mark.tone]), (clean.cut(clean.line(entry.content), room - 2), ink)])
    return lines


def _files(task: Task | None, room: int) -> list[Line]:
    if task is None or not task.files:
        return []
    lines: list[Line] = [
        [],
        justified([(f"FILES OF TASK {task.position}", "muted")], [(str(len(task.files)), "faint")], room),
    ]
    lines += [[(clean.cut_start(clean.line(path), room), "muted")] for path in task.files[:MOST_FILES]]
    more = len(task.files) - MOST_FILES
    return [*lines, [(f"and {more} more", "faint")]] if more > 0 else lines


def _question(shown: Previewed, glyphs: Glyphs, room: int) -> list[Line]:
    if shown.approval is None or shown.session.status is not SessionStatus.AWAITING_PERMISSION:
        return []
    mark: Line = [(f"{glyphs.needs_you} needs you", "warning-strong")]
    keys = joined([[(key, "accent"), (f" {label}", "muted")] for key, label in shown.keys], "   ")
    return [[], mark, *approval_lines(shown.approval, room), keys]


def _said(message: Message, glyphs: Glyphs, room: int) -> list[Line]:
    """A message in plain words; thoughts are left out."""
    if message.tool is not None:
        return [_faint(tool_call.summary_line(message.tool, glyphs, room, opened=False))]
    if message.role is Role.THOUGHT:
        return []
    text = clean.block(message.text[-MOST_WORDS:]).strip()
    if message.role is Role.USER:
        return wrap([("You  ", "accent"), (" ".join(text.split()), "muted")], room)
    return [line for one in _paragraphs(text) for line in (wrap([(one, "text")], room) if one else [[]])]


def _paragraphs(text: str) -> Sequence[str]:
    return text.split("\n") if text else ()


def _faint(line: Iterable[tuple[str, str]]) -> Line:
    return [(text, "faint" if ink in ("text", "muted") else ink) for text, ink in line]
