"""The preview of the selected session: its facts and its last words, in one pane or in two."""

from textual.app import ComposeResult
from textual.containers import Container

from agor_core.domain.approval import Approval
from agor_tui.app.widgets.ink import InkView
from agor_tui.app.widgets.lines import Line, cells, truncated
from agor_tui.app.widgets.preview_lines import Previewed, fact_lines, word_lines

LEAST = 8
"""Cells below which nothing is drawn."""


class PreviewPart(InkView):
    """A part of the preview, without a cursor."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.shown: Previewed | None = None

    def set_shown(self, shown: Previewed | None) -> None:
        """Show another session, or nothing."""
        self.shown = shown
        self.relayout()

    def drawn(self, shown: Previewed, room: int) -> list[Line]:
        """The lines of the part."""
        raise NotImplementedError

    def on_resize(self) -> None:
        self.relayout()

    def relayout(self) -> None:
        """Draw what is shown."""
        room = self.line_width - 2
        if not self.is_mounted or room < LEAST:
            return
        lines = self.drawn(self.shown, room) if self.shown is not None else []
        self.set_lines([([(" ", "text"), *truncated(line, room)] if cells(line) else [], False) for line in lines])


class Facts(PreviewPart):
    """Title, place, plan and files."""

    def drawn(self, shown: Previewed, room: int) -> list[Line]:
        return fact_lines(shown, self.glyphs, room)


class Words(PreviewPart):
    """The question, below the last words."""

    shows_question = False
    """Whether all lines of the question are in view."""

    def drawn(self, shown: Previewed, room: int) -> list[Line]:
        """The lines fill the pane: another number of them would lay out and paint the whole screen."""
        height = self.size.height
        lines = word_lines(shown, self.glyphs, room, height)
        self.shows_question = len(lines) <= height
        return [*lines, *([[]] * (height - len(lines)))]


class Preview(Container):
    """The facts above the words, or beside them where there is room: with the class ``-beside``."""

    DEFAULT_CSS = """
    Preview { layout: vertical; }
    Preview Facts { height: auto; max-height: 60%; margin: 0 0 1 0; }
    Preview Words { height: 1fr; }
    Preview.-beside { layout: horizontal; }
    Preview.-beside Facts { height: 1fr; max-height: 100%; width: 2fr; margin: 0; }
    Preview.-beside Words { height: 1fr; width: 3fr; border-left: solid $rule; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.facts = Facts()
        self.words = Words()

    def compose(self) -> ComposeResult:
        yield self.facts
        yield self.words

    def set_shown(self, shown: Previewed | None) -> None:
        """Show another session, or nothing."""
        self.facts.set_shown(shown)
        self.words.set_shown(shown)

    def shows_all_of(self, question: Approval) -> bool:
        """Whether all lines of this question are in view."""
        shown = self.words.shown
        return self.display and shown is not None and shown.approval is question and self.words.shows_question
