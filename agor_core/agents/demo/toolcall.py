"""Tool calls in the form of the protocol (https://agentclientprotocol.com/protocol/tool-calls)."""

from pathlib import Path
from typing import Any

from agor_core.agents.demo.files import inside
from agor_core.agents.demo.history import new_id
from agor_core.agents.demo.script import Line, path_and_text, with_breaks
from agor_core.agents.demo.turn import DemoTurn

FILE_TOOLS = {
    "write": ("edit", "Write"),
    "append": ("edit", "Append to"),
    "delete": ("delete", "Delete"),
    "read": ("read", "Read"),
}


def describe(line: Line, cwd: Path) -> dict[str, Any] | None:
    """The fields of a line's tool call before it runs; None if the line is no tool call."""
    if line.verb in FILE_TOOLS:
        kind, title = FILE_TOOLS[line.verb]
        path, text = path_and_text(line.argument)
        raw_input = {"path": path}
        if kind == "edit":
            raw_input["append" if line.verb == "append" else "content"] = with_breaks(text)
        place = inside(cwd, path)
        return {
            "title": f"{title} {path}",
            "kind": kind,
            "rawInput": raw_input,
            "locations": [] if place is None else [{"path": str(place)}],
        }
    if line.verb == "run":
        return {"title": line.argument, "kind": "execute", "rawInput": {"command": line.argument}}
    if line.verb == "spawn":
        prompt = with_breaks(line.argument)
        return {
            "title": f"Spawn a session: {prompt.partition(chr(10))[0]}",
            "kind": "other",
            "rawInput": {"prompt": prompt},
        }
    return None


def text_content(text: str) -> dict[str, Any]:
    """Text as a tool call's content."""
    return {"type": "content", "content": {"type": "text", "text": text}}


class ScriptedCall:
    """One tool call of a turn, from start to end; it continues the call of a request for permission, if any."""

    def __init__(self, turn: DemoTurn, description: dict[str, Any]) -> None:
        self._turn = turn
        asked, turn.call_id = turn.call_id, None
        self.call_id = asked or new_id()
        turn.update(
            {
                "sessionUpdate": "tool_call_update" if asked else "tool_call",
                "toolCallId": self.call_id,
                "status": "in_progress",
                **description,
            }
        )

    def progress(self, text: str) -> None:
        """The output so far."""
        self._turn.passing_update(self._change({"status": "in_progress", "content": [text_content(text)]}))

    def complete(self, *content: dict[str, Any], raw_output: Any = None) -> None:
        self._end("completed", content, raw_output)

    def fail(self, text: str, *, raw_output: Any = None) -> None:
        self._end("failed", (text_content(text),), raw_output)

    def _end(self, status: str, content: tuple[dict[str, Any], ...], raw_output: Any) -> None:
        change: dict[str, Any] = {"status": status, "content": list(content)}
        if raw_output is not None:
            change["rawOutput"] = raw_output
        self._turn.update(self._change(change))

    def _change(self, change: dict[str, Any]) -> dict[str, Any]:
        return {"sessionUpdate": "tool_call_update", "toolCallId": self.call_id, **change}
