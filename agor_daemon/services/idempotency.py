"""``Idempotency-Key``: a POST that is repeated under its key happens once, also when the daemon dies in between.

A key is turned into the ids that the request would otherwise be given, and noted on disk before anything is done. A
repeat carries the same ids, and what is made with an id that is there already is the same record. See the IETF draft
"The Idempotency-Key HTTP Header Field".
"""

import asyncio
import contextlib
import errno
import hashlib
import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from agor_core.clock import Clock, timestamp
from agor_core.config import private_file
from agor_core.errors import InvalidInput, StoreFull, Unavailable, Unprocessable
from agor_core.ids import new_id

WINDOW = timedelta(hours=24)
MOST = 10_000
"""Keys that are remembered; the oldest are forgotten first."""
LINES_BEFORE_ANEW = 2 * MOST
LONGEST_KEY = 255
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})

OWN_IDS: Mapping[tuple[str, str | None], tuple[str, ...]] = {
    ("sessions", None): ("session_id",),
    ("tasks", None): ("task_id",),
    ("boards", None): ("board_id",),
    ("worktrees", None): ("worktree_id",),
    ("sessions", "prompt"): ("task_id",),
    ("sessions", "fork"): ("session_id", "task_id"),
    ("sessions", "spawn"): ("session_id", "task_id"),
}
"""What a POST may be given as its own ids; the others are the same however often they are said."""


class Entry(msgspec.Struct, frozen=True):
    """One key: what was asked under it, as a digest, and the ids that it stands for, a group for each record."""

    key: str
    digest: str
    ids: tuple[tuple[str, ...], ...]
    at: str


class Keys:
    """The keys of the last day, in a file of one JSON object a line."""

    def __init__(self, file: Path, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._lock = asyncio.Lock()
        self._entries: dict[str, Entry] = {}
        self._lines = 0
        self._read()

    async def applied(self, key: str, address: str, own: tuple[str, ...], body: Any) -> Any:
        """The body with the key's ids in it. Raises InvalidInput for no key, Unprocessable for another's."""
        if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
            raise InvalidInput(f"Idempotency-Key: must be 1 to {LONGEST_KEY} printable characters.")
        items = body if isinstance(body, list) else [body]
        digest = hashlib.sha256(msgspec.json.encode([address, body], order="deterministic")).hexdigest()
        async with self._lock:
            entry = self._known(key)
            if entry is None:
                ids = tuple(tuple(new_id() for _ in own) for _ in items)
                entry = Entry(key, digest, ids, timestamp(self._clock.now()))
                try:
                    await asyncio.to_thread(self._note, entry)
                except OSError as error:
                    self._entries.pop(key, None)
                    self._lines = LINES_BEFORE_ANEW  # half a line may stand at the end: nothing goes behind it
                    raise (StoreFull if error.errno in NO_ROOM else Unavailable)(
                        f"The Idempotency-Key cannot be noted: {error.strerror}; nothing was changed."
                    ) from None
        if entry.digest != digest:
            raise Unprocessable("This Idempotency-Key was used for another request.")
        filled = [_filled(item, dict(zip(own, ids, strict=True))) for item, ids in zip(items, entry.ids, strict=True)]
        return filled if isinstance(body, list) else filled[0]

    def _known(self, key: str) -> Entry | None:
        entry = self._entries.get(key)
        return entry if entry is not None and entry.at >= self._oldest() else None

    def _oldest(self) -> str:
        return timestamp(self._clock.now() - WINDOW)

    def _read(self) -> None:
        raw = b""
        with contextlib.suppress(OSError):
            raw = self._file.read_bytes()
        for line in raw.splitlines():
            with contextlib.suppress(msgspec.DecodeError):
                entry = msgspec.json.decode(line, type=Entry)
                self._entries[entry.key] = entry
            self._lines += 1
        if raw and not raw.endswith(b"\n"):  # a crash cut the last line off: nothing may be written behind it
            self._lines = LINES_BEFORE_ANEW
        self._forget()

    def _note(self, entry: Entry) -> None:
        """On the disk before it counts; now and then the file is written anew, without what is forgotten."""
        self._entries.pop(entry.key, None)
        self._entries[entry.key] = entry
        self._forget()
        if self._lines >= LINES_BEFORE_ANEW:
            private_file.write(self._file, b"".join(map(_line, self._entries.values())))
            self._lines = len(self._entries)
        else:
            self._append(_line(entry))
            self._lines += 1

    def _forget(self) -> None:
        oldest = self._oldest()
        while self._entries:
            first = next(iter(self._entries.values()))
            if len(self._entries) <= MOST and first.at >= oldest:
                return
            del self._entries[first.key]

    def _append(self, line: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_APPEND
        descriptor = os.open(self._file, flags, private_file.PRIVATE)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(line)
            stream.flush()
            os.fsync(descriptor)


def _line(entry: Entry) -> bytes:
    return msgspec.json.encode(entry) + b"\n"


def _filled(item: Any, ids: Mapping[str, str]) -> Any:
    """The ids go where the request has none; a task has one only where there is a prompt for it."""
    if not isinstance(item, dict):
        return item
    taken = dict(item)
    for name, identifier in ids.items():
        if name == "task_id" and "prompt" not in item:
            continue
        taken.setdefault(name, identifier)
    return taken
