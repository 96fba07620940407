"""What a JSON-RPC message is, where only the ends of its line are known: its short members."""

import json
import re
from typing import Any

from agor_daemon.supervisor.agents.line_splitter import CutLine

_decoder = json.JSONDecoder()
_OPEN = re.compile(rb'\s*{\s*"')
_NAME = re.compile(r'\s*[{,]\s*("(?:[^"\\]|\\.)*")\s*:\s*')
_LAST = re.compile(r'((?:,\s*"\w+"\s*:\s*(?:"[^"\\]*"|-?\d{1,18})\s*)+)}\s*$')


def envelope(line: CutLine) -> dict[str, Any]:
    """The members before the first that is cut, and the plain ones at the very end; none if it is no JSON object."""
    if not _OPEN.match(line):
        return {}
    return {**_at_end(line.end.decode(errors="replace")), **_at_beginning(line.decode(errors="replace"))}


def _at_beginning(text: str) -> dict[str, Any]:
    found = {}
    at = 0
    while name := _NAME.match(text, at):
        try:
            value, at = _decoder.raw_decode(text, name.end())
            found[json.loads(name[1])] = value
        except (ValueError, RecursionError):
            break
    return found


def _at_end(text: str) -> dict[str, Any]:
    """Those between the object's last comma and its brace, if they are so plain that they are surely its own."""
    last = _LAST.search(text)
    if last is None:
        return {}
    found: dict[str, Any] = json.loads("{" + last[1][1:] + "}", strict=False)
    return found
