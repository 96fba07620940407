"""The settings of the config file: their values, defaults and sources, and what they do."""

from pathlib import Path

from textual.app import ComposeResult

from agor_core.config.settings import CHOICES, COMMAND_KEYS, load_valid
from agor_core.errors import AgorError
from agor_tui.app.controllers.changing_settings import CHANGE, ChangingSettings
from agor_tui.app.controllers.everywhere import Everywhere
from agor_tui.app.controllers.movement import Movement
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.host import Host
from agor_tui.app.screens.base import AgorScreen
from agor_tui.app.widgets.setting_rows import SettingList
from agor_tui.app.widgets.too_small import TooSmall
from agor_tui.settings.file import put, take_out
from agor_tui.settings.meanings import applies
from agor_tui.settings.rows import SettingRow, setting_rows


class SettingsScreen(AgorScreen):
    """A line for each setting."""

    ORDER = ChangingSettings.COMMANDS

    def __init__(self, host: Host, link: DaemonLink, file: Path) -> None:
        super().__init__(host, link)
        self.file = file
        self.rows = SettingList(id="settings")
        self.attach(ChangingSettings(host, self), Movement(lambda: self.rows), Everywhere(host))

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.rows
        yield self.footer
        yield TooSmall()

    def on_mount(self) -> None:
        self.header.location = [("settings  ", "strong"), (str(self.file), "faint")]
        self.refresh_header()
        self._read()

    @property
    def selected(self) -> SettingRow | None:
        """The setting under the cursor."""
        return self.rows.selected

    def change(self) -> None:
        """Turn a switch, choose from a list, or ask for another value."""
        row = self.selected
        if row is None:
            return
        if row.value in ("true", "false"):
            self._put(row.key, row.value != "true")
        elif choices := self._choices(row.key):
            self._choose(row.key, choices)
        else:
            self._ask(row.key, row.value, row.meaning)

    def reset(self) -> None:
        """Take the setting out of the file."""
        row = self.selected
        if row is None:
            return
        try:
            take_out(self.file, row.key)
        except AgorError as error:
            self.host.complain(error.message)
            return
        self._changed(row.key)

    def bind(self) -> None:
        """Choose a command, then its keys."""
        from agor_tui.app.controllers.registry import commands
        from agor_tui.app.providers import choices
        from agor_tui.app.providers.palette import Palette

        known = {command.id: command for command in commands()}
        keymap = self.host.keymap
        entries = [
            choices.ChoiceEntry(name, name, f"{' '.join(one.keys_now(keymap))}  {one.title}")
            for name, one in sorted(known.items())
        ]

        def chosen(name: str) -> None:
            self._ask(f"{COMMAND_KEYS}{name}", known[name].keys, "Keys as Textual names them, with commas between.")

        self.host.push_screen(Palette(choices.of(entries, chosen), "The command that gets other keys"))

    def _choices(self, key: str) -> list[str]:
        if key == "app.theme":
            return sorted(self.app.available_themes)
        if key == "sessions.agent":
            return [agent.name for agent in self.link.records.agents]
        return list(CHOICES.get(key, ()))

    def _choose(self, key: str, values: list[str]) -> None:
        from agor_tui.app.providers import choices
        from agor_tui.app.providers.palette import Palette

        entries = [choices.ChoiceEntry(value, value) for value in values]
        self.host.push_screen(Palette(choices.of(entries, lambda value: self._put(key, value)), key))

    def _ask(self, key: str, value: str, meaning: str) -> None:
        from agor_tui.app.dialogs.setting import SettingForm

        def done(changed: str | None) -> None:
            if changed is not None:
                self._changed(changed)

        self.host.push_screen(SettingForm(self.file, key, value, meaning), done)

    def _put(self, key: str, value: object) -> None:
        try:
            put(self.file, key, value)
        except AgorError as error:
            self.host.complain(error.message)
            return
        self._changed(key)

    def _changed(self, key: str) -> None:
        if key == "app.theme":
            self.app.theme = load_valid(self.file)[0].app.theme
        self._read()
        self.host.say(f"{key} is changed; it takes effect {applies(key)}.")

    def _read(self) -> None:
        self.rows.invalidate()
        self.rows.set_items(setting_rows(self.file))
        self.refresh_keys()

    def on_rows_moved(self) -> None:
        self.refresh_keys()

    def on_rows_picked(self) -> None:
        self.action_command(CHANGE.id)
