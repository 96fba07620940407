"""Changing the config file: checked before it is written, its comments kept, written as a whole or not at all."""

from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AbstractTable

from agor_core.config import private_file
from agor_core.config.settings import convert
from agor_core.errors import InvalidInput


def change(file: Path, key: str, value: Any) -> None:
    """Set a dotted key, or take it out if the value is None. Raises InvalidInput if the result is no valid config."""
    file = file.resolve()  # the config may be a link into somebody's dotfiles
    try:
        before = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        before = ""
    except UnicodeDecodeError:
        raise InvalidInput(f"{file} is not UTF-8 text.") from None
    try:
        document = tomlkit.parse(before)
    except TOMLKitError as error:
        raise InvalidInput(f"{file} is not valid TOML: {error}.") from None
    *tables, name = key.split(".")
    _put(document, tables, name, value)
    convert(document.unwrap(), file)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = file.stat().st_mode & 0o777 if file.exists() else private_file.PRIVATE
    private_file.write(file, tomlkit.dumps(document).encode(), mode=mode, shared=True)


def _put(table: Any, tables: list[str], name: str, value: Any) -> None:
    for part in tables:
        if part not in table:
            if value is None:
                return
            table[part] = tomlkit.table(is_super_table=part != tables[-1])
        table = table[part]
        if not isinstance(table, AbstractTable) and not hasattr(table, "items"):
            raise InvalidInput(f"{part} is not a table in the config file.", place=part)
    if value is None:
        table.pop(name, None)
    else:
        table[name] = value
