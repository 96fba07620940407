"""An input line for a filter."""

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class FilterLine(Input):
    """The input of a filter; enter keeps it, escape clears it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "drop", show=False), Binding("down", "keep", show=False)]
    DEFAULT_CSS = """
    FilterLine { border: none; height: 1; padding: 0 1; background: $surface; color: $foreground; }
    FilterLine:focus { border: none; background: $panel; }
    FilterLine > .input--placeholder { color: $foreground 50%; }
    """

    @dataclass
    class Filtered(Message):
        """The text has changed, or typing is ``done``."""

        line: "FilterLine"
        text: str
        done: bool

        @property
        def control(self) -> "FilterLine":
            return self.line

    def __init__(self, *, id: str | None = None, placeholder: str = "filter; ! turns it round") -> None:  # noqa: A002
        super().__init__(id=id, placeholder=placeholder, select_on_focus=False)
        self.cursor_blink = False

    @property
    def text(self) -> str:
        """The filter, without surrounding blanks."""
        return self.value.strip()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Filtered(self, self.text, done=False))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_keep()

    def action_keep(self) -> None:
        """End typing and keep the filter."""
        self.post_message(self.Filtered(self, self.text, done=True))

    def action_drop(self) -> None:
        """End typing and clear the filter."""
        self.clear()
        self.post_message(self.Filtered(self, "", done=True))
