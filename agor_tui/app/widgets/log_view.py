"""The output of a program, line by line, with the end in view as long as nobody scrolls away from it."""

from collections.abc import Sequence

from textual.geometry import Size

from agor_tui.app.widgets.ink import InkLine, InkView
from agor_tui.app.widgets.lines import Line, broken
from agor_tui.state import clean

MOST_LINES = 2000
"""Lines that are shown; of more the last."""
MOST_HEAD = 12
"""Lines of the head, of which a command may be long."""
LEFT_OUT = "{count} earlier lines are in the log file."


class LogHead(InkLine):
    """The lines above an output, each broken at the width; they do not scroll with it."""

    DEFAULT_CSS = "LogHead { height: auto; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._lines: list[Line] = []

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Replace the lines."""
        if list(lines) != self._lines:
            self._lines = list(lines)
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's
        return len(self.lines(width))

    def lines(self, width: int) -> Sequence[Line]:
        if not width:
            return []
        return [piece for line in self._lines for piece in broken(line, width)][:MOST_HEAD]


class LogView(InkView):
    """``set_output`` replaces the text."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._output = ""

    def set_output(self, output: str) -> None:
        """Replace what is shown."""
        if output != self._output:
            self._output = output
            self.relayout()

    def on_resize(self) -> None:
        self.relayout()

    def relayout(self) -> None:
        """Draw the lines, each broken at the width."""
        if not self.is_mounted or not self.size:
            return
        follows = self.scroll_offset.y >= self.max_scroll_y
        texts = self._output.rstrip("\n").split("\n") if self._output.strip() else []
        lines: list[Line] = []
        if len(texts) > MOST_LINES:
            lines.append([(LEFT_OUT.format(count=len(texts) - MOST_LINES), "faint")])
        for text in texts[-MOST_LINES:]:
            lines += broken([(clean.exact(text), "text")], self.line_width)
        self.set_lines([(line, False) for line in lines])
        if follows:
            self.call_after_refresh(self.scroll_end, animate=False)

    def move(self, step: int) -> None:
        """Scroll by lines."""
        self.scroll_relative(y=step, animate=False)

    def page(self, direction: int) -> None:
        """Scroll by half a window."""
        self.scroll_relative(y=direction * max(1, self.size.height // 2), animate=False)

    def edge(self, direction: int) -> None:
        """Scroll to the beginning or to the end."""
        self.scroll_to(y=0 if direction < 0 else self.max_scroll_y, animate=False)
