"""Inks, the named text styles of the app, and the two kinds of widgets that draw lines with them.

A theme gives the colours; widgets only name inks. ``InkLine`` is one line or a few, ``InkView`` scrolls.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from agor_core.clock import Clock, SystemClock
from agor_tui.app.widgets.lines import Line, Span, padded
from agor_tui.state.glyphs import ASCII, UNICODE, Glyphs, Tone


@dataclass(frozen=True, slots=True)
class Ink:
    """A text style: a colour of the theme, its opacity (0 to 1), and a weight."""

    color: str
    share: float = 1.0
    weight: Style = field(default_factory=Style.null)


_BOLD = Style(bold=True)

INKS = {
    "text": Ink("foreground"),
    "strong": Ink("foreground", weight=_BOLD),
    "muted": Ink("foreground", 0.7),
    "faint": Ink("foreground", 0.5),
    "dim": Ink("foreground", 0.28),
    "rule": Ink("rule"),
    "accent": Ink("accent"),
    "accent-strong": Ink("accent", weight=_BOLD),
    "warning": Ink("warning"),
    "warning-strong": Ink("warning", weight=_BOLD),
    "add": Ink("success"),
    "del": Ink("error"),
    "code": Ink("secondary"),
    "emphasis": Ink("foreground", weight=Style(italic=True)),
    "strong-emphasis": Ink("foreground", weight=Style(bold=True, italic=True)),
    "struck": Ink("foreground", 0.7, weight=Style(strike=True)),
    "link": Ink("foreground", weight=Style(underline=True)),
    "code-keyword": Ink("accent"),
    "code-string": Ink("success"),
    "code-comment": Ink("foreground", 0.5, weight=Style(italic=True)),
    "code-name": Ink("foreground", weight=_BOLD),
}
"""Inks by name; after a blank the address that a terminal opens from a link (``link https://…``).

They are no component classes, as Textual would apply the style sheet to each of them per widget.
"""

GROUNDS = {
    "add": Ink("success", 0.12),
    "add-word": Ink("success", 0.36, weight=_BOLD),
    "del": Ink("error", 0.14),
    "del-word": Ink("error", 0.42, weight=_BOLD),
}
"""Grounds by name: what stands behind an ink's text (``text@add``); a changed word is bold besides."""

TONES = {
    Tone.PLAIN: "text",
    Tone.MUTED: "muted",
    Tone.STRONG: "strong",
    Tone.ACCENT: "accent",
    Tone.SUCCESS: "muted",
    Tone.WARNING: "warning-strong",
    Tone.ERROR: "del",
}
"""The ink of each tone; success is muted, as it needs no attention."""

MOST_STYLES = 1000
"""Styles that a widget keeps; each link has one."""
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
        "┃": "|",
        "✎": "#",
        "›": ">",
        "‹": "<",
        "•": "*",
        "“": '"',
        "”": '"',
        "’": "'",
    }
)


def dotted(text: str) -> str:
    """A text whose cuts are three dots instead of an ellipsis, in as many cells: the letters beside it give way."""
    for place in [at for at, character in enumerate(text) if character == "…"]:
        start = place - 2 if place >= 2 else 0
        given_way = text[start : start + 3]
        if len(given_way) == 3 and given_way.replace("…", "").isascii():
            text = f"{text[:start]}...{text[start + 3 :]}"
    return text


class DrawingEnvironment(Protocol):
    """The parts of the app that drawing depends on: the glyphs and the clock."""

    glyphs: Glyphs
    clock: Clock


class _Standalone:
    """The environment of a widget in an app without glyphs."""

    glyphs = UNICODE
    clock: Clock = SystemClock()


class Inked(Widget):
    """The common base of `InkLine` and `InkView`."""

    ALLOW_SELECT = False

    def __init__(self, *children: Widget, **given: Any) -> None:
        super().__init__(*children, **given)
        self._styles_by_ink: dict[tuple[str, bool], Style] = {}

    @property
    def environment(self) -> DrawingEnvironment:
        """The app's glyphs and clock."""
        return cast("DrawingEnvironment", self.app) if hasattr(self.app, "glyphs") else _Standalone()

    @property
    def glyphs(self) -> Glyphs:
        """The set of glyphs, Unicode or ASCII."""
        return self.environment.glyphs

    def ink(self, name: str, *, cursor: bool = False) -> Style:
        """The style of an ink in this widget; with ``cursor`` on the cursor's background."""
        style = self._styles_by_ink.get((name, cursor))
        if style is None:
            base, _, target = name.partition(" ")
            base, _, ground = base.partition("@")
            style = self._mixed(INKS[base], cursor=cursor)
            if ground and not cursor:
                style += self._ground(GROUNDS[ground])
            if target:
                style += Style(link=target)
            if len(self._styles_by_ink) > MOST_STYLES:
                self._styles_by_ink.clear()
            self._styles_by_ink[name, cursor] = style
        return style

    def _mixed(self, ink: Ink, *, cursor: bool) -> Style:
        """Blend an ink with the background."""
        colors = self.app.theme_variables
        _, background = self.background_colors
        color = Color.parse(colors.get(ink.color, colors["foreground"])).multiply_alpha(ink.share)
        ground = Color.parse(colors["panel"]) if cursor else background
        style = Style.from_color((background + color).rich_color, ground.rich_color if ground.a else None)
        return self.styles.text_style + ink.weight + style

    def _ground(self, ground: Ink) -> Style:
        """The background of a ground, blended with that of the widget."""
        _, background = self.background_colors
        color = Color.parse(self.app.theme_variables[ground.color]).multiply_alpha(ground.share)
        return ground.weight + Style.from_color(bgcolor=(background + color).rich_color)

    def notify_style_update(self) -> None:
        self._styles_by_ink.clear()
        super().notify_style_update()

    def strip(self, line: Iterable[Span], width: int, *, cursor: bool = False) -> Strip:
        """A line as a strip of exactly ``width`` cells."""
        spans = padded(list(line), width)
        if self.glyphs is ASCII:
            spans = [(dotted(text).translate(TO_ASCII), name) for text, name in spans]
        return Strip([Segment(text, self.ink(name, cursor=cursor)) for text, name in spans], width).simplify()


class InkLine(Inked):
    """A widget of one or a few lines, without scrolling."""

    DEFAULT_CSS = "InkLine { height: 1; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._shown: list[Line] = []

    def lines(self, width: int) -> Sequence[Line]:
        """The lines to draw in ``width`` cells."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Repaint if the lines have changed."""
        if self.is_mounted and list(self.lines(self.size.width)) != self._shown:
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y == 0 or not self._shown:
            self._shown = list(self.lines(width))
        return self.strip(self._shown[y] if y < len(self._shown) else [], width)


class InkView(ScrollView, Inked, can_focus=False, inherit_bindings=False):
    """A scrolling widget of many lines; only changed lines in view are painted."""

    DEFAULT_CSS = """
    InkView {
        scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; scrollbar-gutter: stable;
        overflow-x: hidden; overflow-y: auto;
        background: $background;
    }
    """
    ALLOW_MAXIMIZE = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._lines: list[tuple[Line, bool]] = []

    @property
    def line_width(self) -> int:
        """The width of a line in cells."""
        return self.scrollable_content_region.width

    def set_lines(self, lines: list[tuple[Line, bool]]) -> None:
        """Replace the lines; each is paired with whether the cursor is on it."""
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
        """Bring lines into view, without animation, by the smallest scroll."""
        top = self.scroll_offset.y
        height = self.scrollable_content_region.height
        if first < top or count > height:
            self.scroll_to(y=first, animate=False, force=True)
        elif first + count > top + height:
            self.scroll_to(y=first + count - height, animate=False, force=True)
