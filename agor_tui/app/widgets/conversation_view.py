"""The conversation: plain text while it streams, rendered once it is complete; tool calls on one line until opened."""

from dataclasses import replace

from agor_core.domain.approval import Approval
from agor_core.domain.message import Message, Role
from agor_core.domain.task import Task, TaskStatus
from agor_tui.app.widgets import tool_call
from agor_tui.app.widgets.ink import BAR, TONES
from agor_tui.app.widgets.lines import Line, plain, wrap
from agor_tui.app.widgets.markdown import rendered
from agor_tui.app.widgets.question import asked
from agor_tui.app.widgets.rows import Rows
from agor_tui.app.widgets.streamed import Streamed
from agor_tui.app.widgets.talk import Piece, ending
from agor_tui.state import clean

THOUGHT_LINES = 2
"""Lines of a complete thought that are shown while it is folded."""
PROMPT_LINES = 5
"""Lines of a prompt that are shown while it is folded."""
ERROR_LINES = 8
"""Lines of why a task failed that are shown while it is folded."""
MOST_ASKED = 12
"""Lines of what is asked for that are shown while the question is folded."""
MOST_TEXT = 60_000
"""Characters of one message that are shown; of a longer one the end. It moves in steps, so as not to redraw it all."""
WIDEST = 110
"""Cells of a line of prose: longer ones are hard to read."""
NOTHING: Line = [("nothing to show", "faint")]
DIMMED = {"text": "muted", "strong": "muted", "accent": "faint", "code": "muted", "emphasis": "muted"}
"""The inks of what was inherited."""


class ConversationView(Rows[Piece]):
    """Stays at the bottom while new text comes, unless one has scrolled up."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._opened: set[str] = set()
        self._pieces: dict[str, Piece] = {}
        self._streamed: dict[str, Streamed] = {}
        self._told: list[Piece] = []
        self._empty: Line = []

    # What is shown

    def say_empty(self, line: Line) -> None:
        """What stands there while nothing was said."""
        if line != self._empty:
            self._empty = line
            self.lay()

    def lay(self, *, afresh: bool = False) -> None:
        super().lay(afresh=afresh)
        if not self.items and self._empty and self.is_mounted:
            self.set_lines(
                [([], False), *(([("  ", "text"), *one], False) for one in wrap(self._empty, self.breadth - 4))]
            )

    def tell(self, told: list[Piece]) -> None:
        """Show these; what has not changed is not drawn again."""
        stick = self.at_bottom
        at_end = self.index >= len(self.items) - 1
        self._told = told
        pieces = [self._kept(piece) for piece in told]
        self._pieces = {piece.key: piece for piece in pieces}
        if stick and at_end:
            self.index = max(0, len(pieces) - 1)
            self._keys = []
        before_first = self.items[0].key if self.items else None
        self.show(pieces)
        if stick:
            self.to_bottom()
        elif pieces and before_first not in (None, pieces[0].key):
            self.reveal()  # earlier ones were put before what was seen

    def _kept(self, piece: Piece) -> Piece:
        """The piece as it is opened now; the one that is drawn already, if nothing differs."""
        if piece.key in self._opened:
            piece = replace(piece, opened=True)
        known = self._pieces.get(piece.key)
        return known if known is not None and known.same(piece) else piece

    @property
    def at_bottom(self) -> bool:
        """Whether the last line is seen."""
        return self.scroll_offset.y >= self.virtual_size.height - self.scrollable_content_region.height

    def to_bottom(self) -> None:
        """Show the last line."""
        self.scroll_to(y=max(0, len(self._lines) - self.scrollable_content_region.height), animate=False, force=True)

    def to_task(self, task: Task) -> None:
        """Show where a task begins."""
        for index, piece in enumerate(self.items):
            if piece.of is not None and piece.of.task_id == task.task_id:
                self.index = index
                self.lay()
                self.scroll_to(y=self._tops[index], animate=False, force=True)
                return

    def toggle(self) -> None:
        """Open or fold the selected message."""
        piece = self.selected
        if piece is not None and (piece.of is not None or piece.approval is not None):
            self._opened ^= {piece.key}
            self.tell(self._told)
            self.reveal()

    def toggle_all(self) -> None:
        """Open all that can be, or fold all."""
        foldable = {
            piece.key
            for piece in self._told
            if piece.message is not None and piece.message.role in (Role.TOOL, Role.THOUGHT)
        }
        self._opened = set() if self._opened >= foldable else foldable
        self.tell(self._told)
        self.reveal()

    def go(self, index: int) -> None:
        super().go(index)
        if self.index == len(self.items) - 1:
            self.to_bottom()

    # How it looks

    def key(self, item: Piece) -> str:
        return item.key

    def draw(self, item: Piece, width: int, *, selected: bool) -> list[Line]:
        lines = self._lines_of(item, min(width - 4, WIDEST), width - 3)
        if item.inherited:
            lines = [[(text, DIMMED.get(ink, ink)) for text, ink in line] for line in lines]
        edge = BAR if selected else " "
        drawn: list[Line] = [[(f"{edge} ", "accent"), *line] for line in lines]
        return [[], *drawn] if item.spaced else drawn

    def _lines_of(self, item: Piece, room: int, whole: int) -> list[Line]:
        if item.approval is not None:
            return self._approval(item.approval, room, opened=item.opened)
        if item.message is not None:
            return self._message(item, item.message, room, whole)
        if item.of is None:
            heading = clean.cut(item.heading, room - 6)
            return [[(f"── {heading} ", "faint"), ("─" * max(2, room - clean.width(heading) - 3), "rule")]]
        return self._ending(item.of, room, item) if item.ending else _prompt(item.of.full_prompt, room, item)

    def _ending(self, task: Task, room: int, item: Piece) -> list[Line]:
        mark = self.glyphs.task(task.status)
        ink = TONES[mark.tone]
        well = task.status is TaskStatus.COMPLETED
        said = ending(task) if well else clean.block(task.error or ending(task)).strip()
        sign = mark.glyph if well else f"{mark.glyph} {mark.word}"
        wrapped = _plain(said, room - 2, ink)
        if not item.opened:
            wrapped = _folded(wrapped, ERROR_LINES)
        head: Line = [(sign, ink), ("" if not said else " " if well else ": ", ink)]
        if clean.width(plain(head)) + clean.width(plain(wrapped[0])) <= room:
            return [[*head, *wrapped[0]], *([("  ", "text"), *line] for line in wrapped[1:])]
        return [head, *([("  ", "text"), *line] for line in wrapped)]

    def _message(self, item: Piece, message: Message, room: int, whole: int) -> list[Line]:
        match message.role:
            case Role.USER:
                return _prompt(message.text, room, item)
            case Role.ASSISTANT:
                before, text = _window(message.text)
                if message.complete:
                    self._streamed.pop(item.key, None)
                    return [*before, *rendered(clean.block(text), room)]
                return [*before, *self._streamed.setdefault(item.key, Streamed()).update(text, room)]
            case Role.THOUGHT:
                lines = _plain(message.text.strip(), room, "faint")
                folded = message.complete and not item.opened and len(lines) > THOUGHT_LINES
                return [*lines[:THOUGHT_LINES], [("…", "faint")]] if folded else lines
            case Role.TOOL if message.tool is not None:
                head = tool_call.summary_line(message.tool, self.glyphs, min(whole, room + 1), opened=item.opened)
                body = (tool_call.whole(message.tool, whole - 4) or [NOTHING]) if item.opened else []
                return [head, *([("  │ ", "rule"), *line] for line in body)]
            case _:
                return _plain(message.text.strip(), room, "muted")

    def _approval(self, approval: Approval, room: int, *, opened: bool) -> list[Line]:
        most = None if opened else MOST_ASKED
        sign: Line = [(f"{self.glyphs.needs_you} ", "warning-strong")]
        lines: list[Line] = [
            [*([("  ", "text")] if number else sign), *line]
            for number, line in enumerate(asked(approval, room - 2, words=most, body=most))
        ]
        keys: Line = [("  ", "text")]
        for key, does in (("a", "allow once"), ("A", "allow always"), ("d", "deny")):
            keys += [(key, "warning-strong"), (f" {does}   ", "text")]
        return [*lines, keys]


def _plain(text: str, room: int, ink: str) -> list[Line]:
    return [piece for line in clean.block(text).split("\n") for piece in wrap([(line, ink)], room)]


def _prompt(text: str, room: int, item: Piece) -> list[Line]:
    lines = clean.block(text).strip().split("\n")
    inks = ["strong", *["text"] * (len(lines) - 1)]
    wrapped = [line for one, ink in zip(lines, inks, strict=True) for line in wrap([(one, ink)], room - 2)]
    if not item.opened:
        wrapped = _folded(wrapped, PROMPT_LINES)
    return [[("  " if number else "› ", "accent"), *line] for number, line in enumerate(wrapped)]


def _window(text: str) -> tuple[list[Line], str]:
    """What is shown of a text, and a line that says how much was said before."""
    if len(text) <= MOST_TEXT:
        return [], text
    step = MOST_TEXT // 2
    start = -(-(len(text) - MOST_TEXT) // step) * step
    return [[(f"… {start:,} characters before; y copies all", "faint")]], text[start:]


def _folded(lines: list[Line], most: int) -> list[Line]:
    """The first of them, and how many more there are."""
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], [(f"… {len(lines) - most + 1} more lines", "faint")]]
