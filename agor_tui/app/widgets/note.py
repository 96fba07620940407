"""Short texts that a screen replaces: on one line, or wrapped."""

from collections.abc import Sequence

from textual.geometry import Size

from agor_tui.app.widgets.ink import InkLine
from agor_tui.app.widgets.lines import Line, truncated, wrap


class Note(InkLine):
    """One line; ``set_text`` replaces it."""

    def __init__(self, line: Line | None = None, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._line: Line = line or []

    def set_text(self, line: Line) -> None:
        """Replace the text."""
        self._line = line
        self.redraw()

    def lines(self, width: int) -> Sequence[Line]:
        return [truncated(self._line, width)]


class Paragraph(InkLine):
    """A wrapped sentence; hidden while it is empty."""

    DEFAULT_CSS = "Paragraph { height: auto; display: none; }"
    MOST = 8

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._line: Line = []

    def set_text(self, line: Line) -> None:
        """Replace the text."""
        if line != self._line:
            self._line = line
            self.display = bool(line)
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's
        return len(self.lines(width))

    def lines(self, width: int) -> Sequence[Line]:
        return wrap(self._line, width)[: self.MOST] if self._line and width else []
