"""Changes of settings: another value, back to the default, the keys of a command."""

from typing import TYPE_CHECKING, Protocol

from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason

if TYPE_CHECKING:
    from agor_tui.app.host import Host
    from agor_tui.settings.rows import SettingRow

CHANGE = Command("settings.change", "enter", "Change the setting", "change", "Settings")
DEFAULT = Command("settings.default", "u", "Back to the default", "default", "Settings")
KEYS = Command("settings.keys", "k", "Give a command other keys", "keys of a command", "Settings")
BACK = Command("settings.back", "escape", "Back", "back", "Settings")

IS_DEFAULT = Reason("It has its default.")


class SettingsView(Protocol):
    """The list of settings."""

    @property
    def selected(self) -> "SettingRow | None":
        """The setting under the cursor."""

    def change(self) -> None:
        """Ask for another value."""

    def reset(self) -> None:
        """Take it out of the file."""

    def bind(self) -> None:
        """Choose a command, and ask for its keys."""


class ChangingSettings(Controller):
    """The file keeps its comments."""

    COMMANDS = (CHANGE, DEFAULT, KEYS, BACK)

    def __init__(self, host: "Host", view: SettingsView) -> None:
        super().__init__({CHANGE: view.change, DEFAULT: view.reset, KEYS: view.bind, BACK: host.pop_screen})
        self._view = view

    def offered(self, command: Command) -> Reason | None:
        row = self._view.selected
        return IS_DEFAULT if command == DEFAULT and (row is None or not row.source) else None
