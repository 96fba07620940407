"""The editor of a prompt: enter submits, shift+enter or ctrl+j begins a line; its height follows its text.

Up and down on an empty prompt, or on one that came from there, go through the prompts that were given before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from agor_tui.app import editor


class Prompt(TextArea):
    """A text area of one line or more."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "higher", show=False),
        Binding("down", "lower", show=False),
        Binding("ctrl+e", "editor", show=False),
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
        self.given: Sequence[str] = ()
        """The prompts that were given before, the oldest first."""
        self._recalled: int | None = None
        """Which of them is shown; None for a text of its own."""

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
        """Move the cursor up; at the first line show the prompt before, or exit."""
        if self.cursor_at_first_line:
            if not self._recall(-1):
                self.post_message(self.Exited(self, -1))
        else:
            self.action_cursor_up()

    def action_lower(self) -> None:
        """Move the cursor down; at the last line show the prompt after, or exit."""
        if self.cursor_at_last_line:
            if not self._recall(1):
                self.post_message(self.Exited(self, 1))
        else:
            self.action_cursor_down()

    def action_editor(self) -> None:
        """Write the text in the user's own editor, which has the terminal until it ends."""
        with self.app.suspend():
            text, fault = editor.edited(self.text)
        self.app.refresh()
        self.set_text(text)
        if fault is not None:
            self.notify(fault, severity="error", markup=False)

    def _recall(self, step: int) -> bool:
        """Show an earlier or later prompt ; False where there is none, or a text of its own stands here."""
        shown = self._recalled
        if shown is not None and (shown >= len(self.given) or self.text != self.given[shown]):
            shown = None
        if shown is None and (self.text or step > 0):
            return False
        wanted = (len(self.given) if shown is None else shown) + step
        if wanted < 0:
            return False
        self._recalled = wanted if wanted < len(self.given) else None
        self.set_text(self.given[wanted] if self._recalled is not None else "")
        return True
