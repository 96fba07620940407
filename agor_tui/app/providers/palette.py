"""The command palette: Textual's, with a cursor that does not blink, and a search to begin with if asked."""

from textual.command import CommandPalette
from textual.widgets import Input


class Palette(CommandPalette):
    """``text`` stands in the search from the start."""

    def __init__(self, text: str = "") -> None:
        super().__init__(id="--command-palette", placeholder="Search; : finds sessions and boards")
        self._begin_with = text

    def on_screen_resume(self) -> None:
        for line in self.query(Input):
            line.cursor_blink = False
            if self._begin_with:
                line.value, self._begin_with = self._begin_with, ""
                line.cursor_position = len(line.value)
