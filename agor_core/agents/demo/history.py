"""The history of sessions on disk: one JSON Lines file a session, to which records are appended.

Each line is one write to the file, so what was said survives the death of the process. A line torn by one is skipped
on reading. Records: ``session`` (the first), ``fork``, ``history``, ``prompt``, ``text``, ``update``, ``end``.
"""

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Record = dict[str, Any]

_SESSION_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


def new_id() -> str:
    """A new random id, in the usual form of a UUID."""
    digits = os.urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def now() -> str:
    """The time, in UTC to the millisecond."""
    seconds = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds * 1000) % 1000:03d}Z"


class History:
    """All sessions under one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, session_id: str, records: list[Record]) -> None:
        """Write a new session's first records atomically."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(session_id)
        unfinished = path.with_suffix(".new")
        unfinished.touch(mode=0o600, exist_ok=False)
        unfinished.write_bytes(b"".join(map(_line, records)))
        unfinished.replace(path)

    def append(self, session_id: str, record: Record) -> None:
        """Append one record. Raises OSError."""
        descriptor = os.open(self._path(session_id), os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        try:
            os.write(descriptor, b"\n" + _line(record))
        finally:
            os.close(descriptor)

    def read(self, session_id: str) -> list[Record] | None:
        """A session's records in order; None if there is no such session."""
        if _SESSION_ID.fullmatch(session_id) is None:
            return None
        try:
            return list(_records(self._path(session_id).read_bytes()))
        except FileNotFoundError:
            return None

    def sessions(self) -> list[Record]:
        """Every session's id, directory, title and time of its last change, latest first."""
        found = []
        for path in self._folder.glob("*.jsonl"):
            if records := self.read(path.stem):
                prompts = prompts_of(records)
                found.append(
                    (
                        path.stat().st_mtime,
                        {
                            "sessionId": path.stem,
                            "cwd": cwd_of(records),
                            "title": prompts[0].strip().partition("\n")[0][:80] if prompts else None,
                            "updatedAt": next((record["at"] for record in reversed(records) if "at" in record), None),
                        },
                    )
                )
        return [shown for _, shown in sorted(found, key=lambda pair: pair[0], reverse=True)]

    def _path(self, session_id: str) -> Path:
        return self._folder / f"{session_id}.jsonl"


def cwd_of(records: list[Record]) -> str:
    """The directory that the session was made for."""
    return str(records[0].get("cwd", "/"))


def prompts_of(records: list[Record]) -> list[str]:
    """Every prompt in order, inherited ones first."""
    prompts: list[str] = []
    for record in records:
        match record:
            case {"type": "prompt", "text": str(text)}:
                prompts.append(text)
            case {"type": "history", "prompts": list(inherited)}:
                prompts.extend(map(str, inherited))
            case _:
                pass
    return prompts


def until_message(records: list[Record], message_id: str) -> list[Record] | None:
    """The records up to the end of the turn that holds the message; None if there is no such message."""
    holding = next((n for n, record in enumerate(records) if record.get("messageId") == message_id), None)
    if holding is None:
        return None
    end = next(
        (n for n, record in enumerate(records) if n > holding and record.get("type") in ("prompt", "history", "fork")),
        len(records),
    )
    return records[:end]


def updates_of(records: list[Record]) -> Iterator[Record]:
    """The session updates that replay the history, with the pieces of a message joined."""
    pending: Record | None = None
    for record in records:
        match record:
            case {"type": "text", "kind": kind, "messageId": message_id, "text": str(text)}:
                if pending is not None and pending["messageId"] == message_id:
                    pending["content"]["text"] += text
                    continue
                if pending is not None:
                    yield pending
                pending = chunk(kind, message_id, text)
                continue
            case _:
                pass
        if pending is not None:
            yield pending
            pending = None
        match record:
            case {"type": "prompt", "messageId": message_id, "text": str(text)}:
                yield chunk("user_message_chunk", message_id, text)
            case {"type": "update", "update": dict(update)}:
                yield update
            case _:
                pass
    if pending is not None:
        yield pending


def chunk(kind: str, message_id: str, text: str) -> Record:
    """A session update with a piece of a message."""
    return {"sessionUpdate": kind, "messageId": message_id, "content": {"type": "text", "text": text}}


def _line(record: Record) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode("ascii") + b"\n"


def _records(data: bytes) -> Iterator[Record]:
    for line in data.split(b"\n"):
        if line:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                yield record
