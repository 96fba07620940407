"""Texts in errors and records: given input as an error shows it, and the short forms of long texts."""

import difflib
from collections.abc import Iterable
from typing import Any

from agor_core.bounds import fits
from agor_core.errors import InvalidInput

LONGEST_SHOWN = 60
MOST_SUGGESTIONS = 3


def check_not_empty(text: str, place: str) -> None:
    """Raises InvalidInput for a text of white space only."""
    if not text.strip():
        raise InvalidInput(f"The {place} is empty.", place=place)


def cut(text: str, length: int) -> str:
    """A text of at most ``length`` characters; the last one is "…" where more was left out."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def short_sha(sha: str) -> str:
    """The first seven digits of a commit's id, with its ``-dirty`` suffix if it has one."""
    commit, dash, dirty = sha.partition("-")
    return f"{commit[:7]}{dash}{dirty}"


def suggestion(name: str, known: Iterable[str]) -> str:
    """The end of the sentence "there is no such field": at most three similar names, and the place that lists all.

    A name without the object that it is in is one of them: ``cwd`` for ``repo.cwd``.
    """
    names = list(known)
    inside = [one for one in names if one.endswith(f".{name}")]
    near = difflib.get_close_matches(name[:LONGEST_SHOWN], names, n=MOST_SUGGESTIONS)
    first = list(dict.fromkeys([*inside, *near]))[:MOST_SUGGESTIONS]
    asked = f"; did you mean {' or '.join(first)}?" if first else "."
    return f"{asked} All fields are in /openapi.json."


def shown(given: Any) -> str:
    """Foreign input as an error shows it: short, printable, valid Unicode."""
    match given:
        case str():
            start = given[:LONGEST_SHOWN]
            text = repr(start) if start.isprintable() else ascii(start)
        case dict():
            text = "an object"
        case list() | tuple():
            text = "a list"
        case bool() | None:
            text = {True: "true", False: "false", None: "null"}[given]
        case int() if not fits(given):
            text = "a number beyond 64 bits"
        case _:
            text = ascii(given)
    return cut(text, LONGEST_SHOWN)


def label(key: Any) -> str:
    """A foreign name as part of a place: short, printable, valid Unicode, without quotes if it can be."""
    if not isinstance(key, str) or not key.isprintable():
        return shown(key)
    return cut(key, LONGEST_SHOWN)
