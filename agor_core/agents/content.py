"""Converts content blocks and the content of tool calls to text, diffs and locations.

https://agentclientprotocol.com/protocol/content and …/tool-calls
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from agor_core.agents import foreign
from agor_core.domain.message import FileDiff

MOST_LOCATIONS = 200


def block_text(block: object) -> str:
    """A content block as text; the type of any other content stands in brackets."""
    match block:
        case str():
            return block
        case {"type": "text", "text": str(text)}:
            return text
        case {"type": "resource_link", "uri": str(uri), "name": str(name)}:
            return f"[{name}]({uri})"
        case {"type": "resource_link", "uri": str(uri)}:
            return f"[{uri}]({uri})"
        case {"type": "resource", "resource": {"text": str(text)}}:
            return text
        case {"type": "resource", "resource": {"uri": str(uri)}}:
            return f"[resource {uri}]"
        case {"type": str(kind)}:
            return f"[{kind}]"
        case _:
            return ""


def output_text(content: object) -> str | None:
    """The text in a tool call's content; None if there is none."""
    parts = []
    for item in _items(content):
        match item:
            case {"type": "content", "content": block}:
                parts.append(_unfenced(block_text(block)))
            case _:
                pass  # diffs are read apart; a terminal would be ours, and we offer none
    return foreign.text("\n".join(parts)) if parts else None


def diffs(content: object) -> Iterator[FileDiff]:
    """The file changes in a tool call's content."""
    for item in _items(content):
        if isinstance(item, Mapping) and item.get("type") == "diff" and isinstance(item.get("path"), str):
            old, new = _file(item.get("oldText")), _file(item.get("newText"))
            yield FileDiff(path=foreign.line(item["path"]), old_text=old, new_text=new)


def locations(value: object) -> tuple[str, ...]:
    """The locations of a tool call, as ``path`` or ``path:line``."""
    places = []
    for item in _items(value)[:MOST_LOCATIONS]:
        match item:
            case {"path": str(path), "line": int(number)} if not isinstance(number, bool) and 0 < number < 2**31:
                places.append(f"{foreign.line(path)}:{number}")
            case {"path": str(path)}:
                places.append(foreign.line(path))
            case _:
                pass
    return tuple(dict.fromkeys(places))


def raw_output_text(value: object) -> str | None:
    """A tool's raw output as text: its text field if it has one, else the JSON."""
    match value:
        case None:
            return None
        case str():
            return foreign.text(value)
        case {"exit_code": int(), **others} if not others:
            return None
        case Mapping():
            for key in ("formatted_output", "aggregated_output", "output", "stdout", "error", "message", "content"):
                if isinstance(found := value.get(key), str) and found:
                    return foreign.text(found)
        case _:
            pass
    return foreign.text(json.dumps(foreign.json(value), ensure_ascii=False, indent=1))


def _unfenced(text: str) -> str:
    """The text without the code fence that Claude Code puts around every output."""
    if text.startswith("```\n") and text.endswith("\n```") and len(text) >= 8:
        return text[4:-4]
    return text


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _file(value: object) -> str | None:
    return foreign.text(value) if isinstance(value, str) else None
