"""A pending approval as lines: the agent's request, and the command or the change that it is for. Pure."""

from collections.abc import Mapping

from agor_core.domain.approval import Approval
from agor_core.domain.message import ToolCall
from agor_tui.app.widgets import tool_call
from agor_tui.app.widgets.lines import Line, justified, truncated, wrap
from agor_tui.state import clean
from agor_tui.state.figures import counted

REPEATED = frozenset({"command", "description"})
"""Fields of a command's input that the other lines show: the command, and the agent's description of it."""


def approval_lines(approval: Approval, room: int, *, words: int | None = None, body: int | None = None) -> list[Line]:
    """The request in at most ``words`` lines, its details in at most ``body``, and the number of omitted lines."""
    request, details = _request(approval.tool, room), _details(approval.tool, room)
    words, body = len(request) if words is None else words, len(details) if body is None else body
    more = max(0, len(request) - words) + max(0, len(details) - body)
    lines = [*request[:words], *details[:body]]
    return [*lines, *wrap([(_omitted(more), "warning")], room)] if more else lines


def approval_in_two_lines(approval: Approval, room: int) -> list[Line]:
    """The request and its details in two lines at most."""
    request, details = _request(approval.tool, room), _details(approval.tool, room)
    if len(request) + len(details) <= 2:
        return [*request, *details]
    first, second = (request[0], details[0]) if details else (request[0], request[1])
    if details and len(request) > 1:
        first = truncated([*first, (" " * room, "warning-strong")], room)
    more = len(request) + len(details) - 2
    return [first, justified(second, [(_omitted(more), "warning")], room) if more else second]


def request_title(tool: ToolCall) -> str:
    """The title of the requested tool call, on one line."""
    return " ".join(clean.exact(tool.title).split()) or tool_call.VERBS.get(tool.kind, "use a tool").lower()


def _request(tool: ToolCall, room: int) -> list[Line]:
    return wrap([("wants: ", "warning"), (request_title(tool), "warning-strong")], room)


def _omitted(lines: int) -> str:
    return f"… {counted(lines, 'more line')}, enter to read"


def _details(tool: ToolCall, room: int) -> list[Line]:
    """All details of the tool call: its command or change, else its locations and the rest of its input.

    A command is omitted only if the title is the same letter by letter.
    """
    command = tool_call.command(tool) if tool.kind == "execute" else ""
    if tool.diff is not None:
        return tool_call.detail_lines(tool, room)
    title_is_command = bool(command) and clean.exact(command) == request_title(tool).strip("`")
    lines = tool_call.detail_lines(tool, room) if command and not title_is_command else []
    given = [] if command else list(tool.locations)
    if isinstance(tool.input, Mapping):
        shown = [*given, *([command] if command else [])]
        given += [
            f"{name}: {value}"
            for name, value in tool.input.items()
            if value not in shown and not (command and name in REPEATED)
        ]
    elif tool.input is not None and not command:
        given.append(str(tool.input))
    return lines + [line for text in given for line in _wrapped(text, room)]


def _wrapped(text: str, room: int) -> list[Line]:
    return [piece for line in clean.exact(text).split("\n") for piece in wrap([(line, "code")], room)]
