"""The command palette: Textual's, with a cursor that does not blink, and a search to begin with if asked."""

from textual.command import CommandPalette, Provider
from textual.widgets import Input


class Palette(CommandPalette):
    """``text`` stands in the search from the start; it searches all there is, or what ``provider`` has."""

    def __init__(self, text: str = "", provider: type[Provider] | None = None) -> None:
        placeholder = "Search; : finds sessions and boards" if provider is None else "Search the archived sessions"
        super().__init__([provider] if provider else None, id="--command-palette", placeholder=placeholder)
        self._begin_with = text

    def on_screen_resume(self) -> None:
        for line in self.query(Input):
            line.cursor_blink = False
            if self._begin_with:
                line.value, self._begin_with = self._begin_with, ""
                line.cursor_position = len(line.value)
