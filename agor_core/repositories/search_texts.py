"""The searched texts of each kind of record, and the excerpt that a result shows."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from agor_core.db.search_words import words

AROUND = 80
"""Characters of an excerpt on each side of the found word."""

Record = Mapping[str, Any]


def _of_session(record: Record) -> Iterator[str]:
    yield from _texts([record["title"], record["description"]])


def _of_task(record: Record) -> Iterator[str]:
    yield from _texts([record["full_prompt"], record["description"]])


def _of_message(record: Record) -> Iterator[str]:
    tool = record["tool"] or {}
    yield from _texts([record["text"], [tool.get(name) for name in ("title", "input", "output", "locations")]])


TEXTS: Mapping[str, Callable[[Record], Iterator[str]]] = {
    "sessions": _of_session,
    "tasks": _of_task,
    "messages": _of_message,
}
"""The function that reads a record's texts from its decoded JSON, for each service that is searched."""


def words_of(service: str, record: Record, folder: str) -> list[str]:
    """The words of a record for the index; none while a message is incomplete.

    ``folder`` is the session's folder, whose name is left out of the paths of tool calls.
    """
    return words(_text(service, record, folder)) if record.get("complete", True) else []


def excerpt(service: str, record: Record, wanted: list[str], folder: str) -> str:
    """A line or two of the record around the first of the words; paths are relative to ``folder``."""
    text = " ".join(_text(service, record, folder).split())
    place = min((at for at in (text.lower().find(word) for word in wanted) if at >= 0), default=0)
    start = max(0, place - AROUND)
    end = min(len(text), place + AROUND)
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def _text(service: str, record: Record, folder: str) -> str:
    text, folder = "\n".join(TEXTS[service](record)), folder.rstrip("/")
    if record.get("tool") is None or not folder or folder not in text:
        return text
    return re.sub(rf"{re.escape(folder)}(?:/|(?![\w-]|\.\w))", "", text)


def _texts(value: Any) -> Iterator[str]:
    """All texts in a JSON value."""
    match value:
        case str():
            yield value
        case Mapping():
            for inner in value.values():
                yield from _texts(inner)
        case list() | tuple():
            for inner in value:
                yield from _texts(inner)
        case _:
            pass
