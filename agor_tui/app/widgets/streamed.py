"""Incremental wrapping of streamed text: only the last line is wrapped again."""

from agor_tui.app.widgets.lines import Line, plain, wrap
from agor_tui.state import clean


class StreamedText:
    """A growing text; ``lines`` are its wrapped lines in the present width."""

    def __init__(self, ink: str = "text") -> None:
        self.lines: list[Line] = []
        self._ink = ink
        self._text = ""
        self._width = 0
        self._tail = ""

    def update(self, text: str, width: int) -> list[Line]:
        """Wrap the whole text so far; cheap if it only grew."""
        text = clean.block(text)
        if width != self._width or not text.startswith(self._text):
            self._text, self._tail, self.lines, self._width = "", "", [], width
        added = text[len(self._text) :]
        self._text = text
        if added or not self.lines:
            self._extend(added)
        return self.lines

    def _extend(self, added: str) -> None:
        first, *others = added.split("\n")
        if self.lines:
            self.lines.pop()
        self._put(self._tail + first)
        for text in others:
            self._put(text)

    def _put(self, text: str) -> None:
        wrapped = wrap([(text, self._ink)], self._width)
        self.lines += wrapped
        blanks = text[len(text.rstrip()) :]
        self._tail = plain(wrapped[-1]).rstrip() + blanks if text.strip() else text
