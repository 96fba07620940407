"""Inks: the few colours and weights of the app, and the two kinds of widgets that draw lines with them.

A theme gives the colours; widgets only name inks. ``InkLine`` is one line or a few, ``InkView`` scrolls.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Protocol, cast

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from agor_core.clock import Clock, SystemClock
from agor_tui.app.widgets.lines import Line, Span, padded
from agor_tui.state.glyphs import ASCII, UNICODE, Glyphs, Tone

INKS = {
    "text": "color: $foreground;",
    "strong": "color: $foreground; text-style: bold;",
    "muted": "color: $foreground 70%;",
    "faint": "color: $foreground 50%;",
    "rule": "color: $rule;",
    "accent": "color: $accent;",
    "accent-strong": "color: $accent; text-style: bold;",
    "warning": "color: $warning;",
    "warning-strong": "color: $warning; text-style: bold;",
    "add": "color: $success;",
    "del": "color: $error;",
    "code": "color: $secondary;",
    "emphasis": "color: $foreground; text-style: italic;",
    "link": "color: $foreground; text-style: underline;",
}
"""Name of an ink and what it looks like."""

TONES = {
    Tone.PLAIN: "text",
    Tone.MUTED: "muted",
    Tone.STRONG: "strong",
    Tone.ACCENT: "accent",
    Tone.SUCCESS: "muted",
    Tone.WARNING: "warning-strong",
    Tone.ERROR: "del",
}
"""The ink of each tone: what has ended well asks for no attention."""

BAR = "▌"
MARKED = "◆"
TO_ASCII = str.maketrans(
    {
        "▌": "|",
        "◆": "#",
        "·": "-",
        "…": ".",
        "─": "-",
        "│": "|",
        "›": ">",
        "‹": "<",
        "•": "*",
        "“": '"',
        "”": '"',
        "’": "'",
    }
)
_CLASSES = {f"ink--{name}" for name in INKS} | {"ink--cursor"}


def _css(kind: str) -> str:
    rules = "\n".join(f"{kind} > .ink--{name} {{ {look} }}" for name, look in INKS.items())
    return f"{rules}\n{kind} > .ink--cursor {{ background: $panel; }}"


class DrawingEnvironment(Protocol):
    """What widgets draw by: the app has chosen a set of glyphs, and has a clock."""

    glyphs: Glyphs
    clock: Clock


class _Standalone:
    """DrawingEnvironment of a widget that is tried out in some other app."""

    glyphs = UNICODE
    clock: Clock = SystemClock()


class Inked(Widget):
    """What both kinds have in common."""

    ALLOW_SELECT = False

    @property
    def environment(self) -> DrawingEnvironment:
        """The app, as far as widgets know it."""
        return cast("DrawingEnvironment", self.app) if hasattr(self.app, "glyphs") else _Standalone()

    @property
    def glyphs(self) -> Glyphs:
        """The signs to draw with: Unicode or ASCII."""
        return self.environment.glyphs

    def ink(self, name: str, *, cursor: bool = False) -> Style:
        """The style of an ink here; on the cursor's ground if asked."""
        style = self.get_component_rich_style(f"ink--{name}")
        if cursor:
            style += Style(bgcolor=self.get_component_rich_style("ink--cursor").bgcolor)
        return style

    def strip(self, line: Iterable[Span], width: int, *, cursor: bool = False) -> Strip:
        """A line as Textual wants it, in exactly ``width`` cells."""
        spans = padded(list(line), width)
        if self.glyphs is ASCII:
            spans = [(text.translate(TO_ASCII), name) for text, name in spans]
        return Strip([Segment(text, self.ink(name, cursor=cursor)) for text, name in spans], width).simplify()


class InkLine(Inked):
    """A widget of one line, or a few that do not scroll."""

    COMPONENT_CLASSES: ClassVar[set[str]] = _CLASSES
    DEFAULT_CSS = _css("InkLine") + "\nInkLine { height: 1; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._shown: list[Line] = []

    def lines(self, width: int) -> Sequence[Line]:
        """What to draw in this width."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Paint again, if anything differs."""
        if self.is_mounted and list(self.lines(self.size.width)) != self._shown:
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y == 0 or not self._shown:
            self._shown = list(self.lines(width))
        return self.strip(self._shown[y] if y < len(self._shown) else [], width)


class InkView(ScrollView, Inked, can_focus=False, inherit_bindings=False):
    """A widget of many lines that scrolls; only lines that are seen and differ are painted."""

    COMPONENT_CLASSES: ClassVar[set[str]] = _CLASSES
    DEFAULT_CSS = (
        _css("InkView")
        + """
    InkView {
        scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; scrollbar-gutter: stable;
        overflow-x: hidden; overflow-y: auto;
        background: $background;
    }
    """
    )
    ALLOW_MAXIMIZE = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._lines: list[tuple[Line, bool]] = []

    @property
    def line_width(self) -> int:
        """Cells that a line can take."""
        return self.scrollable_content_region.width

    def set_lines(self, lines: list[tuple[Line, bool]]) -> None:
        """Show these; each says whether the cursor is on it."""
        before, self._lines = self._lines, lines
        if len(lines) != self.virtual_size.height or self.virtual_size.width != self.size.width:
            self.virtual_size = Size(self.size.width, len(lines))
        top = self.scroll_offset.y
        bottom = top + self.size.height
        start: int | None = None
        for y in range(top, bottom + 1):
            differs = y < bottom and before[y : y + 1] != lines[y : y + 1]
            if differs and start is None:
                start = y
            elif not differs and start is not None:
                self.refresh_lines(start, y - start)
                start = None

    def watch_show_vertical_scrollbar(self, shown: bool) -> None:
        """Textual moves the bar with the view only while the bar is there; a view may scroll before."""
        if shown:
            self.vertical_scrollbar.position = self.scroll_y

    def render_line(self, y: int) -> Strip:
        y += self.scroll_offset.y
        line, cursor = self._lines[y] if y < len(self._lines) else ([], False)
        return self.strip(line, self.line_width, cursor=cursor)

    def scroll_to_lines(self, first: int, count: int) -> None:
        """Scroll, without animation and no more than needed, until these lines are seen."""
        top = self.scroll_offset.y
        height = self.scrollable_content_region.height
        if first < top or count > height:
            self.scroll_to(y=first, animate=False, force=True)
        elif first + count > top + height:
            self.scroll_to(y=first + count - height, animate=False, force=True)
