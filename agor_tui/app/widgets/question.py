"""An open question: what an agent wants, and the command or the change that it is about. Pure."""

from collections.abc import Mapping

from agor_core.domain.approval import Approval
from agor_core.domain.message import ToolCall
from agor_tui.app.widgets import tool_call
from agor_tui.app.widgets.lines import Line, apart, fit, wrap
from agor_tui.state import clean
from agor_tui.state.figures import counted


def asked(approval: Approval, room: int, *, words: int | None = None, body: int | None = None) -> list[Line]:
    """What is wanted in at most ``words`` lines, what it is about in at most ``body``, and how much is left out."""
    said, about = _said(approval.tool, room), _about(approval.tool, room)
    words, body = len(said) if words is None else words, len(about) if body is None else body
    more = max(0, len(said) - words) + max(0, len(about) - body)
    lines = [*said[:words], *about[:body]]
    return [*lines, *wrap([(_left_out(more), "warning")], room)] if more else lines


def in_two_lines(approval: Approval, room: int) -> list[Line]:
    """The same in two lines at most: what is wanted, and what it is about."""
    said, about = _said(approval.tool, room), _about(approval.tool, room)
    if len(said) + len(about) <= 2:
        return [*said, *about]
    first, second = (said[0], about[0]) if about else (said[0], said[1])
    if about and len(said) > 1:
        first = fit([*first, (" " * room, "warning-strong")], room)
    more = len(said) + len(about) - 2
    return [first, apart(second, [(_left_out(more), "warning")], room) if more else second]


def wish(tool: ToolCall) -> str:
    """What the agent says that it wants to do, on one line."""
    return clean.line(tool.title) or tool_call.VERBS.get(tool.kind, "use a tool").lower()


def _said(tool: ToolCall, room: int) -> list[Line]:
    return wrap([("wants: ", "warning"), (wish(tool), "warning-strong")], room)


def _left_out(lines: int) -> str:
    return f"… {counted(lines, 'more line')}, enter to read"


def _about(tool: ToolCall, room: int) -> list[Line]:
    """The command, the change, the places or whatever else is given; nothing that the wish says already."""
    wished = wish(tool).strip("`")
    command = tool_call.command(tool) if tool.kind == "execute" else ""
    if tool.diff is not None or command:
        return [] if tool.diff is None and clean.line(command) == wished else tool_call.whole(tool, room)
    given = [place for place in tool.locations if clean.line(place) not in wished]
    if not given and isinstance(tool.input, Mapping):
        given = [f"{name}: {value}" for name, value in tool.input.items() if clean.line(str(value)) not in wished]
    return [line for text in given for line in _wrapped(text, room)]


def _wrapped(text: str, room: int) -> list[Line]:
    return [piece for line in clean.block(text).split("\n") for piece in wrap([(line, "code")], room)]
