"""A journal on disk of things in progress, so that the next daemon can clean up after a crash."""

import contextlib
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from agor_core.config import private_file

Entry = TypeVar("Entry")


class Journal(Generic[Entry]):
    """Entries by key; the file is written as a whole at each change.

    A disk that takes no write keeps no work from going on: the file then stays as it was. In a ``strict`` journal an
    entry that cannot be added raises OSError, and is not there.
    """

    def __init__(
        self, file: Path, entry_type: type[Entry], key: Callable[[Entry], Hashable], *, strict: bool = False
    ) -> None:
        self._file = file
        self._type = entry_type
        self._key = key
        self._strict = strict
        self._entries: dict[Hashable, Entry] = {}

    def add(self, entry: Entry) -> None:
        """Add an entry; an entry with the same key is replaced."""
        key = self._key(entry)
        before = self._entries.get(key)
        self._entries[key] = entry
        try:
            self._write(strict=self._strict)
        except OSError:
            if before is None:
                del self._entries[key]
            else:
                self._entries[key] = before
            raise

    def remove(self, key: Hashable) -> None:
        """Delete an entry, if it is there."""
        if self._entries.pop(key, None) is not None:
            self._write()

    def get(self, key: Hashable) -> Entry | None:
        """The entry of this daemon with this key."""
        return self._entries.get(key)

    def left_behind(self) -> list[Entry]:
        """The entries that an earlier daemon added and did not remove; none if the file cannot be read."""
        try:
            entries = msgspec.json.decode(private_file.read(self._file), type=list[self._type])  # type: ignore[name-defined]
        except (OSError, msgspec.DecodeError):
            return []
        return [entry for entry in entries if self._key(entry) not in self._entries]

    def clear(self) -> None:
        """Delete the entries of earlier daemons."""
        self._write()

    def _write(self, *, strict: bool = False) -> None:
        with contextlib.nullcontext() if strict else contextlib.suppress(OSError):
            private_file.write(self._file, msgspec.json.encode(list(self._entries.values())))
