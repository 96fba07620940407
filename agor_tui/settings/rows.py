"""The settings with their values, defaults and sources."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from agor_core.config.settings import COMMAND_KEYS, Settings, as_document, load_valid, sources
from agor_core.errors import InvalidInput
from agor_tui.settings.keys import look_up
from agor_tui.settings.meanings import MEANINGS


@dataclass(frozen=True, slots=True)
class SettingRow:
    """``source`` is empty for a default."""

    key: str
    value: str
    default: str
    source: str
    meaning: str


def setting_rows(file: Path) -> list[SettingRow]:
    """All settings of the file and the environment. One that is at fault shows its default."""
    settings, _ = load_valid(file)
    values, defaults = as_document(settings), as_document(Settings())
    try:
        from_where = sources(file)
    except InvalidInput:
        from_where = {}
    rows = [
        SettingRow(key, shown(look_up(values, key)), shown(look_up(defaults, key)), from_where.get(key, ""), meaning)
        for key, meaning in MEANINGS.items()
    ]
    keys = [
        SettingRow(f"{COMMAND_KEYS}{name}", value, "", str(file), "The keys of a command of the app.")
        for name, value in settings.app.keys.items()
    ]
    return [*rows, *keys]


def shown(value: Any) -> str:
    """A value as one types it."""
    match value:
        case None:
            return ""
        case str():
            return value
        case list() | tuple():
            return " ".join(f"'{part}'" if " " in str(part) else str(part) for part in value)
        case _:
            return msgspec.json.encode(value).decode()
