"""Full-text search in titles, prompts, messages and tool calls; the newest results come first."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from agor_core.db import search_index
from agor_core.db.connections import Reader
from agor_core.db.search_words import words
from agor_core.domain.message import Role
from agor_core.repositories.mappings import MESSAGES, SESSIONS, TASKS, AnyMapping
from agor_core.repositories.search_texts import excerpt

MOST = 200
"""The most results of one search."""
MOST_WORDS = 32

_MAPPINGS: dict[str, AnyMapping] = {mapping.service: mapping for mapping in (SESSIONS, TASKS, MESSAGES)}


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A record that holds all the words, with its service, its session and the ``excerpt`` around the first word.

    ``kind`` is ``title``, ``task`` (also for the user's message in it, which has the same text), ``message`` or
    ``tool``. ``task_id`` is the task itself or the task of the message; a title has none.
    """

    service: str
    id: str
    kind: str
    task_id: str | None
    session_id: str
    short_id: str
    title: str | None
    excerpt: str
    created_at: str


def find(
    reader: Reader,
    text: str,
    *,
    board_id: str | None = None,
    agent: str | None = None,
    repo_id: str | None = None,
    status: str | None = None,
    unseen: bool | None = None,
    since: str | None = None,
    until: str | None = None,
    begun: bool = False,
    limit: int = 20,
) -> list[Hit]:
    """The records that hold every word of ``text``; none for a text without words.

    Only whole words match, in any case and with or without accents; with ``begun`` the last one may be the beginning of
    one. ``status`` is that of the session, ``since`` and ``until`` are timestamps of the records. Archived sessions are
    left out, and sessions of another board, agent or repo than the given one. The index lags behind the writes.
    """
    wanted = words(text)[:MOST_WORDS]
    conditions = {"board_id": board_id, "agent": agent, "repo_id": repo_id, "status": status, "unseen": unseen}
    of_session: dict[str, str | bool] = {name: value for name, value in conditions.items() if value is not None}
    if not wanted or limit < 1:
        return []
    rows = search_index.find(
        reader, wanted, limit=min(limit, MOST), begun=begun, since=since, until=until, of_session=of_session
    )
    records = _records(reader, [(row.service, row.id) for row in rows])
    of_sessions = _sessions(reader, {row.session_id for row in rows})
    plain = text.lower().split()
    hits = []
    for row in rows:
        service, identifier, session_id = row.service, row.id, row.session_id
        record = records.get((service, identifier))
        if record is None:
            continue
        short, title, folder = of_sessions[session_id]
        hits.append(
            Hit(
                service=service,
                id=identifier,
                kind=_kind(service, record),
                task_id=record.get("task_id") if service != "sessions" else None,
                session_id=session_id,
                short_id=short,
                title=title,
                excerpt=excerpt(service, record, [*plain, *wanted], folder),
                created_at=record["created_at"],
            )
        )
    return hits


def _records(reader: Reader, found: Sequence[tuple[str, str]]) -> dict[tuple[str, str], dict[str, Any]]:
    """The records as decoded JSON, without those that were removed since they were indexed."""
    records = {}
    for service, mapping in _MAPPINGS.items():
        ids = [identifier for of, identifier in found if of == service]
        if not ids:
            continue
        for row in reader.execute(select(*mapping.selection).where(mapping.identity.in_(ids))):
            record = msgspec.json.decode(mapping.encode(row))
            records[service, record[mapping.identity_path]] = record
    return records


def _kind(service: str, record: Mapping[str, Any]) -> str:
    match service:
        case "sessions":
            return "title"
        case "messages" if record["role"] != Role.USER:
            return "tool" if record["tool"] else "message"
        case _:
            return "task"


def _sessions(reader: Reader, ids: set[str]) -> dict[str, tuple[str, str | None, str]]:
    """The short id, the title and the folder of each session."""
    of = SESSIONS.table.c
    statement = select(of.session_id, of.short_id, of.title, of.cwd).where(of.session_id.in_(ids))
    return {row.session_id: (row.short_id, row.title, row.cwd) for row in reader.execute(statement)} if ids else {}
