"""Edits of the config file: validated before, written atomically, with the comments kept."""

from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AbstractTable

from agor_core.config import private_file
from agor_core.config.settings import parts_of
from agor_core.errors import AgorError, InvalidInput


def put(file: Path, key: str, value: Any) -> None:
    """Set a dotted key to a validated value. Raises InvalidInput if the file is no TOML or the parent no table."""
    file, document = _opened(file)
    table: Any = document
    *tables, name = parts_of(key)
    for depth, part in enumerate(tables, 1):
        if part not in table:
            table[part] = tomlkit.table(is_super_table=depth < len(tables))
        table = table[part]
        if not _is_table(table):
            place = ".".join(tables[:depth])
            raise InvalidInput(f"{file}: {place} is not a table; take it out with: agor config unset {place}")
    table[name] = value
    _write(file, document)


def take_out(file: Path, key: str) -> bool:
    """Remove a dotted key; False if it is not there. Raises InvalidInput if the file is no TOML."""
    file, document = _opened(file)
    table: Any = document
    *tables, name = parts_of(key)
    for part in tables:
        table = table.get(part)
        if not _is_table(table):
            return False
    if name not in table:
        return False
    del table[name]
    _write(file, document)
    return True


def _opened(file: Path) -> tuple[Path, tomlkit.TOMLDocument]:
    file = file.resolve()  # the config may be a symbolic link, into dotfiles for example
    try:
        before = private_file.read(file).decode()
    except FileNotFoundError:
        before = ""
    except UnicodeDecodeError:
        raise InvalidInput(f"{file} is not UTF-8 text.") from None
    try:
        return file, tomlkit.parse(before)
    except TOMLKitError as error:
        raise InvalidInput(f"{file} is not valid TOML: {error}.") from None


def _write(file: Path, document: tomlkit.TOMLDocument) -> None:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = file.stat().st_mode & 0o777 if file.exists() else private_file.PRIVATE
        private_file.write(file, tomlkit.dumps(document).encode(), mode=mode, shared=True)
    except OSError as error:
        raise AgorError(f"{file} cannot be written: {error.strerror}.") from None


def _is_table(value: Any) -> bool:
    return isinstance(value, AbstractTable) or hasattr(value, "items")
