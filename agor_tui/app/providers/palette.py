"""The command palette: Textual's, with a cursor that does not blink and a search text to start with."""

from textual.command import CommandPalette, Provider
from textual.widgets import Input


class Palette(CommandPalette):
    """Searches what ``provider`` offers; ``text`` is the search to start with."""

    def __init__(self, provider: type[Provider], placeholder: str, text: str = "") -> None:
        super().__init__([provider], id="--command-palette", placeholder=placeholder)
        self._text = text

    def on_screen_resume(self) -> None:
        for line in self.query(Input):
            line.cursor_blink = False
            if self._text:
                line.value, self._text = self._text, ""
                line.cursor_position = len(line.value)
