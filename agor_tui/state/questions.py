"""What an agent asks permission for: its words, and the command, the change or the input that an answer is for. Pure.

Every place at which a question can be answered shows all of it. Text is clean and exact: nothing is left out of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agor_core.domain.message import FileDiff, ToolCall
from agor_tui.state import clean

VERBS = {
    "read": "Read",
    "edit": "Edit",
    "delete": "Delete",
    "move": "Move",
    "search": "Search",
    "execute": "Run",
    "think": "Think",
    "fetch": "Fetch",
}
REPEATED = frozenset({"command", "description"})
"""Fields of a command's input that the other parts show: the command, and the agent's description of it."""


@dataclass(frozen=True, slots=True)
class Question:
    """``title`` is the agent's request on one line; ``command`` has the command's lines.

    The command is empty where the title is the same letter by letter. ``fields`` are the lines of the locations and of
    the rest of the input.
    """

    title: str
    command: tuple[str, ...] = ()
    diffs: tuple[FileDiff, ...] = ()
    fields: tuple[str, ...] = ()

    @property
    def title_is_all(self) -> bool:
        """Whether an answer is for nothing but what the title says."""
        return not self.command and not self.diffs and not self.fields


def question_of(tool: ToolCall) -> Question:
    """The question of a tool call that waits for permission."""
    title = request_title(tool)
    command = command_of(tool) if tool.kind == "execute" else ""
    if tool.diffs:
        return Question(title, diffs=tool.diffs)
    return Question(
        title,
        command=() if says_command(tool) else command_lines(command),
        fields=tuple(_fields(tool, command)),
    )


def says_command(tool: ToolCall) -> bool:
    """Whether the title is the command, letter by letter."""
    command = command_of(tool) if tool.kind == "execute" else ""
    return bool(command) and clean.exact(command) == request_title(tool).strip("`")


def request_title(tool: ToolCall) -> str:
    """The title of the requested tool call, on one line."""
    return " ".join(clean.exact(tool.title).split()) or VERBS.get(tool.kind, "use a tool").lower()


def command_of(tool: ToolCall) -> str:
    """The command of a call; empty if it has none."""
    if isinstance(tool.input, Mapping):
        said: Any = tool.input.get("command")
        if isinstance(said, list | tuple):
            return " ".join(str(part) for part in said)
        if said:
            return str(said)
    return ""


def command_lines(command: str) -> tuple[str, ...]:
    """The lines of a command, exact; none if it is empty."""
    return tuple(clean.exact(command).removesuffix("\n").split("\n")) if command else ()


def _fields(tool: ToolCall, command: str) -> list[str]:
    given = [] if command else list(tool.locations)
    if isinstance(tool.input, Mapping):
        known = [*given, *([command] if command else [])]
        given += [
            f"{name}: {value}"
            for name, value in tool.input.items()
            if value not in known and not (command and name in REPEATED)
        ]
    elif tool.input is not None and not command:
        given.append(str(tool.input))
    return [line for text in given for line in clean.exact(text).split("\n")]
