"""The prompt at the bottom of a session."""

from textual.app import ComposeResult
from textual.containers import Horizontal

from agor_tui.app.widgets.note import Note
from agor_tui.app.widgets.prompt import Prompt


class PromptLine(Horizontal):
    """A sign and the prompt's editor, below a rule."""

    DEFAULT_CSS = """
    PromptLine { height: auto; max-height: 9; border-top: solid $rule; padding: 0 1; background: $background; }
    PromptLine > Note { width: 2; height: 1; }
    PromptLine > Prompt { width: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.prompt = Prompt()
        self._sign = Note([("› ", "faint")])

    def compose(self) -> ComposeResult:
        yield self._sign
        yield self.prompt

    def set_placeholder(self, placeholder: str) -> None:
        """Set the text that is shown while the prompt is empty."""
        if self.prompt.placeholder != placeholder:
            self.prompt.placeholder = placeholder

    def on_descendant_focus(self) -> None:
        self._sign.set_text([("› ", "accent-strong")])

    def on_descendant_blur(self) -> None:
        self._sign.set_text([("› ", "faint")])
