"""The form for the value of a setting."""

from collections.abc import Iterable
from pathlib import Path

from textual.widget import Widget

from agor_core.config.settings import load_valid
from agor_core.errors import AgorError
from agor_tui.app.dialogs.form import Form, TextField
from agor_tui.settings.file import put
from agor_tui.settings.keys import check_value, parse_value
from agor_tui.state import clean


class SettingForm(Form[str]):
    """Dismissed with the key, once the file has the value."""

    VERB = "set"

    def __init__(self, file: Path, key: str, value: str, meaning: str) -> None:
        super().__init__()
        self._file = file
        self._key = key
        self._meaning = meaning
        self._value = TextField(placeholder="the value", id="value")
        self._given = value

    @property
    def heading(self) -> str:
        return self._key

    def fields(self) -> Iterable[tuple[str, Widget]]:
        return (("value", self._value),)

    def on_mount(self) -> None:
        self._value.value = clean.line(self._given)
        self._value.cursor_position = len(self._value.value)
        self._value.focus()
        self.show_message(self._meaning, "muted")

    def answer(self) -> str | None:
        try:
            value = parse_value(self._key, self._value.value.strip())
            check_value(self._key, value, load_valid(self._file)[0])
            put(self._file, self._key, value)
        except AgorError as error:
            self.complain(error.message)
            return None
        return self._key
