"""Converts an agent's text and JSON to values that can be stored: bounded, valid Unicode, finite numbers.

The store refuses NUL, lone surrogates, integers beyond 64 bits and absurd nesting; an agent may send any of them.
"""

import math
import re
from typing import Any

from agor_core.bounds import fits
from agor_core.domain.texts import cut

LONGEST_TEXT = 1_000_000
"""The most characters of a message piece, a tool's output or a file's text."""
LONGEST_LINE = 2_000
"""The most characters of a title, a path or a plan entry."""
LONGEST_VALUE = 100_000
"""The most characters of one text inside a tool's raw input."""
MOST_ITEMS = 1_000
DEEPEST = 24

_UNFIT = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


def text(value: str, limit: int = LONGEST_TEXT) -> str:
    """The text without NUL and lone surrogates, cut at ``limit`` characters with a note that it was."""
    if len(value) > limit:
        return f"{fit(value[:limit])}\n[{len(value) - limit} more characters cut]"
    return fit(value)


def line(value: str, limit: int = LONGEST_LINE) -> str:
    """Like :func:`text`, but cut with an ellipsis; for titles, paths and names."""
    return fit(cut(value, limit))


def json(value: Any, depth: int = 0) -> Any:
    """A JSON value with valid texts, long texts and lists cut, and other values that cannot be stored as text."""
    match value:
        case None | bool():
            return value
        case str():
            return text(value, LONGEST_VALUE)
        case int():
            return value if fits(value) else _number(value)
        case float():
            return value if math.isfinite(value) else str(value)
        case dict() | list() | tuple() if depth >= DEEPEST:
            return "[nested too deeply]"
        case dict():
            items = list(value.items())
            return {line(str(key)): json(item, depth + 1) for key, item in items[:MOST_ITEMS]}
        case list() | tuple():
            kept = [json(item, depth + 1) for item in value[:MOST_ITEMS]]
            return kept if len(value) <= MOST_ITEMS else [*kept, f"[{len(value) - MOST_ITEMS} more cut]"]
        case _:
            return f"[{type(value).__name__}]"


def fit(value: str) -> str:
    """The text with NUL and lone surrogates replaced."""
    return _UNFIT.sub(_REPLACEMENT, value) if _UNFIT.search(value) else value


def _number(value: int) -> str:
    return hex(value) if value.bit_length() <= 4096 else "[a number too long]"
