"""Large stores made quickly: rows as the repositories would write them, by ``executemany`` and without a feed."""

import random
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from agor_core.clock import SystemClock
from agor_core.db import migrate
from agor_core.db.engines import sqlite_url
from agor_core.db.search_index import IN_A_MILLISECOND
from agor_core.db.search_words import words
from agor_core.domain.message import Role
from agor_core.domain.session import SessionStatus
from agor_core.domain.task import TaskStatus
from agor_core.repositories.mappings import BOARDS, MESSAGES, SESSIONS, TASKS, AnyMapping
from tests.builders.records import make_board, make_message, make_session, make_task

BOARD_COUNT = 10
STATUSES = (SessionStatus.RUNNING, SessionStatus.FAILED, *(SessionStatus.IDLE,) * 8)
WORDS = ["the", "session", "board", "fork", "test", "error", "change", "file", "line", "value", "why", "now"]
RARE = "quetzalcoatl"
COMMON = "session"
FILLER = "A session that works on one thing. " * 40


def identifier(kind: int, number: int) -> str:
    """A UUIDv7 in order of numbers whose short id is unique among its kind."""
    tail = (number * 2654435761) % 2**32
    return f"{0x0190F3C4 + (number >> 12):08x}-{number & 0xFFF:04x}-7{kind:03x}-8000-{tail:08x}0000"


def moment(number: int) -> str:
    """A time for each number, in order."""
    seconds, milliseconds = divmod(number, 1000)
    hours, rest = divmod(seconds, 3600)
    return f"2026-01-{1 + hours // 24:02}T{hours % 24:02}:{rest // 60:02}:{rest % 60:02}.{milliseconds:03}Z"


def fill(file: Path, *, sessions: int, tasks: int = 0, related: int = 0, details: str = FILLER) -> None:
    """A store with so many sessions and tasks, each with a message; the first ``related`` sessions are one tree."""
    migrate.prepare(sqlite_url(file), backups=file.parent, clock=SystemClock())
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-200000")
    connection.execute("BEGIN")
    _insert(connection, BOARDS, _boards())
    _insert(connection, SESSIONS, _sessions(sessions, related, details))
    _insert(connection, TASKS, _tasks(tasks, sessions))
    _insert(connection, MESSAGES, _messages(tasks, sessions))
    connection.execute("COMMIT")
    connection.execute("PRAGMA optimize")
    connection.close()


def index_words(file: Path) -> None:
    """What the indexing would have done with the messages."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-200000")
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO search_entries VALUES (?, 'messages', ?, ?, ?)", _entries(connection))
    connection.execute("INSERT INTO search_words (search_words) VALUES ('rebuild')")
    connection.execute("COMMIT")
    connection.close()


def board_id(number: int) -> str:
    return identifier(0xB, number)


def session_id(number: int) -> str:
    return identifier(0x5, number)


def task_id(number: int) -> str:
    return identifier(0x7, number)


def message_id(number: int) -> str:
    return identifier(0x9, number)


def short(full: str) -> str:
    return full[-12:-4]


def _insert(connection: sqlite3.Connection, mapping: AnyMapping, rows: Iterable[dict[str, Any]]) -> None:
    names = [column.name for column in mapping.table.c]
    columns = ", ".join(f'"{name}"' for name in names)
    connection.executemany(
        f"INSERT INTO {mapping.table.name} ({columns}) VALUES ({', '.join(f':{name}' for name in names)})", rows
    )


def _boards() -> Iterator[dict[str, Any]]:
    for number in range(BOARD_COUNT):
        full = board_id(number)
        yield BOARDS.values(make_board(board_id=full, short_id=short(full), slug=f"board-{number}"))


def _sessions(amount: int, related: int, details: str) -> Iterator[dict[str, Any]]:
    row = SESSIONS.values(make_session(title="Add sessions to the board", description=details))
    for number in range(amount):
        full, at = session_id(number), moment(number)
        yield row | {
            "session_id": full,
            "short_id": short(full),
            "board_id": board_id(number % BOARD_COUNT),
            "status": STATUSES[number // BOARD_COUNT % len(STATUSES)],
            "created_at": at,
            "updated_at": at,
            "forked_from_session_id": session_id((number - 1) // 3) if 0 < number < related and number % 2 else None,
            "parent_session_id": session_id((number - 1) // 3) if 0 < number < related and not number % 2 else None,
        }


def _tasks(amount: int, sessions: int) -> Iterator[dict[str, Any]]:
    row = TASKS.values(make_task(session_id(0), full_prompt="say: hello", status=TaskStatus.COMPLETED))
    for number in range(amount):
        full = task_id(number)
        yield row | {
            "task_id": full,
            "short_id": short(full),
            "session_id": session_id(number % sessions),
            "position": number // sessions + 1,
            "created_at": moment(number),
        }


def _entries(connection: sqlite3.Connection) -> Iterator[tuple[int, str, str, str]]:
    rows = connection.execute("SELECT message_id, session_id, data FROM messages")
    for number, (message, session, data) in enumerate(rows):
        yield number << IN_A_MILLISECOND, message, session, " ".join(words(msgspec.json.decode(data)["text"]))


def _messages(amount: int, sessions: int) -> Iterator[dict[str, Any]]:
    choose = random.Random(20260131)
    row = MESSAGES.values(make_message(make_task(session_id(0)), role=Role.ASSISTANT, text="TEXT"))
    for number in range(amount):
        text = " ".join(choose.choices(WORDS, k=12))
        if number % (amount // 5 or 1) == 7:
            text += f" {RARE}"
        yield row | {
            "message_id": message_id(number),
            "session_id": session_id(number % sessions),
            "task_id": task_id(number),
            "index": number // sessions,
            "created_at": moment(number),
            "data": row["data"].replace("TEXT", text),
        }
