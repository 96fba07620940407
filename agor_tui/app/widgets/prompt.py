"""The editor of a prompt: enter submits, shift+enter or ctrl+j begins a line; its height follows its text."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea


class Prompt(TextArea):
    """A text area of one line or more."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "higher", show=False),
        Binding("down", "lower", show=False),
    ]
    DEFAULT_CSS = """
    Prompt {
        border: none; padding: 0; height: auto; min-height: 1; max-height: 8; background: $background;
        color: $foreground; scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0;
    }
    Prompt:focus { border: none; }
    Prompt > .text-area--placeholder { color: $foreground 50%; }
    Prompt > .text-area--cursor-line { background: transparent; }
    """

    @dataclass
    class Submitted(Message):
        """Enter was pressed."""

        prompt: "Prompt"
        text: str

        @property
        def control(self) -> "Prompt":
            return self.prompt

    @dataclass
    class Exited(Message):
        """Up on the first line or down on the last: the focus should go to the field above or below."""

        prompt: "Prompt"
        step: int

        @property
        def control(self) -> "Prompt":
            return self.prompt

    def __init__(self, *, placeholder: str = "", id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, placeholder=placeholder, compact=True, highlight_cursor_line=False)
        self.cursor_blink = False

    def set_text(self, text: str) -> None:
        """Replace the text and put the cursor at its end."""
        self.load_text(text)
        self.move_cursor(self.document.end)

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.post_message(self.Submitted(self, self.text.strip()))
            return
        if event.key in ("shift+enter", "ctrl+j"):  # no binding: keys typed next would overtake it
            event.stop()
            event.prevent_default()
            self.insert("\n")
            return
        await super()._on_key(event)

    def action_higher(self) -> None:
        """Move the cursor up, or exit at the first line."""
        if self.cursor_at_first_line:
            self.post_message(self.Exited(self, -1))
        else:
            self.action_cursor_up()

    def action_lower(self) -> None:
        """Move the cursor down, or exit at the last line."""
        if self.cursor_at_last_line:
            self.post_message(self.Exited(self, 1))
        else:
            self.action_cursor_down()
