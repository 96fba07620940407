"""The conversation: answers are Markdown, also while they stream; tool calls are one line until opened."""

from collections.abc import Sequence
from dataclasses import replace

from agor_core.domain.approval import Approval
from agor_core.domain.comment import Comment
from agor_core.domain.message import Message, Role
from agor_core.domain.task import Task, TaskStatus
from agor_tui.app.widgets import tool_call
from agor_tui.app.widgets.approval_lines import answer_lines, approval_lines
from agor_tui.app.widgets.conversation_items import ConversationItem, end_reason
from agor_tui.app.widgets.diff_drawing import COMMENTS
from agor_tui.app.widgets.diff_rows import prose
from agor_tui.app.widgets.ink import BAR, TONES
from agor_tui.app.widgets.lines import Line, plain, wrap
from agor_tui.app.widgets.markdown import markdown_lines
from agor_tui.app.widgets.reading_rows import ReadingRows
from agor_tui.app.widgets.streamed_markdown import StreamedMarkdown
from agor_tui.state import clean
from agor_tui.state.requesters import agent_who
from agor_tui.state.reviewing import comment_texts

THOUGHT_LINES = 2
"""Lines of a folded thought."""
PROMPT_LINES = 5
"""Lines of a folded prompt."""
ERROR_LINES = 8
"""Lines of a folded reason of a failure."""
MOST_ASKED = 12
"""Lines of the request and of the details of a folded approval."""
MOST_TEXT = 60_000
"""Characters of a message that are shown, the last ones; the start moves in steps, so that redraws are rare."""
WIDEST = 110
"""Cells of a line of prose: longer ones are hard to read."""
NOTHING: Line = [("nothing to show", "faint")]
DIMMED = {"text": "muted", "strong": "muted", "accent": "faint", "code": "muted", "emphasis": "muted"}
"""The inks of inherited items."""


class ConversationView(ReadingRows[ConversationItem]):
    """A list of conversation items; at the bottom it follows new text."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._opened: set[str] = set()
        self._by_key: dict[str, ConversationItem] = {}
        self._streamed: dict[str, StreamedMarkdown] = {}
        self._given: Sequence[ConversationItem] = ()
        self._empty: Line = []

    # Content

    def set_placeholder(self, line: Line) -> None:
        """Set the text that is shown while there are no items."""
        if line != self._empty:
            self._empty = line
            self.relayout()

    def relayout(self) -> None:
        super().relayout()
        if not self.items and self._empty and self.is_mounted:
            self.set_lines(
                [([], False), *(([("  ", "text"), *one], False) for one in wrap(self._empty, self.line_width - 4))]
            )

    def set_items(self, items: Sequence[ConversationItem]) -> None:
        """Replace the items; equal ones are not drawn again. A view at the bottom stays there."""
        stick = self._follows
        at_end = self.index >= len(self.items) - 1
        self._given = items
        shown = [self._reused(item) for item in items]
        self._by_key = {item.key: item for item in shown}
        if stick and at_end:
            self.index = max(0, len(shown) - 1)
            self._keys = []
        before_first = self.items[0].key if self.items else None
        super().set_items(shown)
        if stick:
            self.to_bottom()
        elif shown and before_first not in (None, shown[0].key):
            self.reveal()  # earlier items came in above the window
        self._tell_new()

    def _reused(self, item: ConversationItem) -> ConversationItem:
        """The item as opened or folded; the object of before if both draw the same, so that its lines are reused."""
        if item.key in self._opened:
            item = replace(item, opened=True)
        known = self._by_key.get(item.key)
        return known if known is not None and known.draws_like(item) else item

    def to_task(self, task: Task) -> bool:
        """Go to the beginning of a task; False if it is not shown."""
        for index, item in enumerate(self.items):
            if item.task is not None and item.task.task_id == task.task_id:
                self.index = index
                self.relayout()
                self.follow(False)
                self.scroll_to(y=self._tops[index], animate=False, force=True)
                return True
        return False

    def toggle(self) -> None:
        """Open or fold the selected item; one that is higher than the window shows its beginning, and stays there."""
        item = self.selected
        if item is not None and (item.task is not None or item.approval is not None):
            self._opened ^= {item.key}
            followed, self._follows = self._follows, False  # nothing scrolls to the end meanwhile, or later
            self.set_items(self._given)
            self.reveal()
            self._follows = followed
            start, end = self._extent(self.index)
            if end - start > self._height:
                self.follow(False)

    def toggle_all(self) -> None:
        """Open all tool calls and thoughts, or fold them if all are open."""
        foldable = {
            item.key
            for item in self._given
            if item.message is not None and item.message.role in (Role.TOOL, Role.THOUGHT)
        }
        self._opened = set() if self._opened >= foldable else foldable
        self.set_items(self._given)
        self.reveal()

    # Drawing

    def key(self, item: ConversationItem) -> str:
        return item.key

    def draw(self, item: ConversationItem, width: int, *, selected: bool) -> list[Line]:
        lines = self._lines_of(item, min(width - 4, WIDEST), width - 3)
        if item.inherited:
            lines = [[(text, DIMMED.get(ink, ink)) for text, ink in line] for line in lines]
        edge = BAR if selected else " "
        drawn: list[Line] = [[(f"{edge} ", "accent"), *line] for line in lines]
        return [[], *drawn] if item.spaced else drawn

    def _lines_of(self, item: ConversationItem, room: int, whole: int) -> list[Line]:
        if item.approval is not None:
            return self._approval(item.approval, room, opened=item.opened)
        if item.comment is not None:
            return _comment(item.comment, room)
        if item.message is not None:
            return self._message(item, item.message, room, whole)
        if item.task is None:
            heading = clean.cut(item.heading, room - 6)
            return [[(f"── {heading} ", "faint"), ("─" * max(2, room - clean.width(heading) - 3), "rule")]]
        return self._ending(item.task, room, item) if item.ending else _prompt(item.task.full_prompt, room, item)

    def _ending(self, task: Task, room: int, item: ConversationItem) -> list[Line]:
        mark = self.glyphs.task(task.status)
        ink = TONES[mark.tone]
        well = task.status is TaskStatus.COMPLETED
        said = end_reason(task) if well else clean.block(task.error or end_reason(task)).strip()
        sign = mark.glyph if well else f"{mark.glyph} {mark.word}"
        wrapped = _plain(said, room - 2, ink)
        if not item.opened:
            wrapped = _folded(wrapped, ERROR_LINES)
        head: Line = [(sign, ink), ("" if not said else " " if well else ": ", ink)]
        if clean.width(plain(head)) + clean.width(plain(wrapped[0])) <= room:
            return [[*head, *wrapped[0]], *([("  ", "text"), *line] for line in wrapped[1:])]
        return [head, *([("  ", "text"), *line] for line in wrapped)]

    def _message(self, item: ConversationItem, message: Message, room: int, whole: int) -> list[Line]:
        match message.role:
            case Role.USER:
                return _prompt(message.text, room, item)
            case Role.ASSISTANT:
                before, text = _window(message.text)
                if message.complete:
                    self._streamed.pop(item.key, None)
                    return [*before, *markdown_lines(text, room)]
                return [*before, *self._streamed.setdefault(item.key, StreamedMarkdown()).update(text, room)]
            case Role.THOUGHT:
                lines = _plain(message.text.strip(), room, "faint")
                folded = message.complete and not item.opened and len(lines) > THOUGHT_LINES
                return [*lines[:THOUGHT_LINES], [("…", "faint")]] if folded else lines
            case Role.TOOL if message.tool is not None:
                head = tool_call.summary_line(message.tool, self.glyphs, min(whole, room + 1), opened=item.opened)
                body = tool_call.tail_lines(message.tool, whole - 4)
                if item.opened:
                    body = tool_call.detail_lines(message.tool, whole - 4) or [NOTHING]
                return [head, *([("  │ ", "rule"), *line] for line in body)]
            case _:
                return _plain(message.text.strip(), room, "muted")

    def _approval(self, approval: Approval, room: int, *, opened: bool) -> list[Line]:
        most = None if opened else MOST_ASKED
        sign: Line = [(f"{self.glyphs.needs_you} ", "warning-strong")]
        lines: list[Line] = [
            [*([("  ", "text")] if number else sign), *line]
            for number, line in enumerate(approval_lines(approval, room - 2, words=most, body=most))
        ]
        return [*lines, *([("  ", "text"), *line] for line in answer_lines(approval, room - 2))]


def _plain(text: str, room: int, ink: str) -> list[Line]:
    return [piece for line in clean.block(text).split("\n") for piece in wrap([(line, ink)], room)]


def _prompt(text: str, room: int, item: ConversationItem) -> list[Line]:
    lines = clean.block(text).strip().split("\n")
    inks = ["strong", *["text"] * (len(lines) - 1)]
    wrapped = [line for one, ink in zip(lines, inks, strict=True) for line in wrap([(one, ink)], room - 2)]
    if not item.opened:
        wrapped = _folded(wrapped, PROMPT_LINES)
    if item.task is not None and (by := agent_who("asked", item.task.created_by)):
        wrapped += wrap([(by, "faint")], room - 2)
    return [[("  " if number else "› ", "accent"), *line] for number, line in enumerate(wrapped)]


def _window(text: str) -> tuple[list[Line], str]:
    """The end of a long text that is shown, and a line with the number of characters before it."""
    if len(text) <= MOST_TEXT:
        return [], text
    step = MOST_TEXT // 2
    start = -(-(len(text) - MOST_TEXT) // step) * step
    return [[(f"… {start:,} characters before; y copies all", "faint")]], text[start:]


def _folded(lines: list[Line], most: int) -> list[Line]:
    """The first lines, and a line with the number of the others."""
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], [(f"… {len(lines) - most + 1} more lines", "faint")]]


def _comment(comment: Comment, room: int) -> list[Line]:
    edge, ink = COMMENTS[comment.status]
    drawn = [line for text in comment_texts(comment) for line in prose(text, room - 2)]
    return [[("┃ ", edge), *((text, ink) for text, _ in line)] for line in drawn]
