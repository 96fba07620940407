"""``python -m agor_tui.app.widgets NAME`` shows one widget with sample data; without a name it lists the widgets."""

import sys
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from agor_core.clock import Clock, SystemClock
from agor_tui.app import theme
from agor_tui.app.widgets.demos import DEMOS, Demo
from agor_tui.app.widgets.rows import Rows
from agor_tui.state.glyphs import ASCII, UNICODE, Glyphs


class DemoApp(App[None]):
    """One widget on an empty screen. Ctrl+t changes the theme, ctrl+g the glyphs, ctrl+q quits."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "change_theme", "theme"),
        Binding("ctrl+g", "change_glyphs", "glyphs"),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
    ]

    def __init__(self, demo: Demo, clock: Clock | None = None) -> None:
        super().__init__()
        self.glyphs: Glyphs = UNICODE
        self.clock: Clock = clock or SystemClock()
        self._demo = demo
        for one in theme.THEMES:
            self.register_theme(one)
        self.theme = theme.DARK.name

    def compose(self) -> ComposeResult:
        yield self._demo()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme.DEFAULTS

    def action_change_theme(self) -> None:
        """Change between the dark and the light theme."""
        self.theme = theme.LIGHT.name if self.current_theme.dark else theme.DARK.name

    def action_change_glyphs(self) -> None:
        """Change between Unicode and ASCII."""
        self.glyphs = UNICODE if self.glyphs is ASCII else ASCII
        for widget in self.screen.walk_children(Widget):
            widget.refresh()

    def action_move(self, step: int) -> None:
        """Move the cursor of a widget of rows, or scroll any other."""
        rows: Rows[Any] | None = next(iter(self.query(Rows)), None)
        if rows is not None:
            rows.move(step)
        else:
            self.screen.children[0].scroll_relative(y=step, animate=False)


def main(arguments: list[str]) -> int:
    """Show the named demo; the exit code is 2 for an unknown name."""
    if arguments in ([], ["-h"], ["--help"]):
        sys.stdout.write("\n".join([str(__doc__), *DEMOS, ""]))
        return 0
    if len(arguments) != 1 or arguments[0] not in DEMOS:
        sys.stderr.write(f"There is no demo {' '.join(arguments)}; there are: {', '.join(DEMOS)}.\n")
        return 2
    DemoApp(DEMOS[arguments[0]]).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
