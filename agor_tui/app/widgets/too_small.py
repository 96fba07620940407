"""The sentence on a terminal that is too small."""

from collections.abc import Sequence

from agor_tui.app.widgets.ink import InkLine
from agor_tui.app.widgets.lines import Line, wrap

LEAST_WIDTH, LEAST_HEIGHT = 60, 15


class TooSmall(InkLine):
    """A sentence over the whole screen; the app's style hides dialogs."""

    SCOPED_CSS = False
    DEFAULT_CSS = """
    TooSmall { display: none; layer: above; dock: top; width: 100%; height: 100%; background: $background; }
    .-too-small TooSmall { display: block; }
    """

    def lines(self, width: int) -> Sequence[Line]:
        size = self.app.size
        sentence = f"Agor needs {LEAST_WIDTH}x{LEAST_HEIGHT} cells; this window has {size.width}x{size.height}."
        return wrap([(sentence, "text")], max(8, width - 1), indent=" ")
