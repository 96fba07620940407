"""The help: the keys of the screen below, with a line to filter them."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Resize
from textual.screen import ModalScreen

from agor_tui.app.commands.command import Command
from agor_tui.app.widgets.filter_line import FilterLine
from agor_tui.app.widgets.key_list import KeyList

AROUND = 5
"""Lines of the panel besides the list."""


class KeysScreen(ModalScreen[None]):
    """Type to filter; escape closes."""

    CSS_PATH = "keys.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1", "leave", show=False, priority=True),
        Binding("down", "scroll(1)", show=False, priority=True),
        Binding("up", "scroll(-1)", show=False, priority=True),
        Binding("pagedown,ctrl+d", "page(1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
    ]

    def __init__(self, commands: Sequence[Command], keymap: Mapping[str, str]) -> None:
        super().__init__()
        self._line = FilterLine(placeholder="filter the keys")
        self._list = KeyList(commands, keymap, id="keys")

    def compose(self) -> ComposeResult:
        with Vertical(id="panel") as panel:
            panel.border_title = "Keys"
            panel.border_subtitle = "esc closes"
            yield self._line
            yield self._list

    def on_mount(self) -> None:
        self._line.focus()

    def on_resize(self, event: Resize) -> None:
        """Keep the panel within the window; the list is as high as what it shows, and scrolls beyond that."""
        self._list.styles.max_height = max(1, event.size.height * 4 // 5 - AROUND)

    def on_filter_line_filtered(self, message: FilterLine.Filtered) -> None:
        if message.done:
            self.dismiss(None)
        else:
            self._list.set_filter(message.text.removeprefix("/"))  # the key of the board's filter

    def action_scroll(self, step: int) -> None:
        self._list.scroll_relative(y=step, animate=False)

    def action_page(self, direction: int) -> None:
        """Scroll by half a window, as everywhere."""
        self._list.scroll_relative(y=direction * max(1, self._list.size.height // 2), animate=False)

    def action_leave(self) -> None:
        self.dismiss(None)
