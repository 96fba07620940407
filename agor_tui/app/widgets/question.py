"""An open question: what an agent wants, and the command or the change that it is about. Pure."""

from collections.abc import Mapping

from agor_core.domain.approval import Approval
from agor_core.domain.message import ToolCall
from agor_tui.app.widgets import tool_call
from agor_tui.app.widgets.lines import Line, fit, justified, wrap
from agor_tui.state import clean
from agor_tui.state.figures import counted

SAID = frozenset({"command", "description"})
"""What is given beside a command and needs no line of its own: itself, and the agent's words for it."""


def approval_lines(approval: Approval, room: int, *, words: int | None = None, body: int | None = None) -> list[Line]:
    """What is wanted in at most ``words`` lines, what it is about in at most ``body``, and how much is left out."""
    said, about = _said(approval.tool, room), _about(approval.tool, room)
    words, body = len(said) if words is None else words, len(about) if body is None else body
    more = max(0, len(said) - words) + max(0, len(about) - body)
    lines = [*said[:words], *about[:body]]
    return [*lines, *wrap([(_left_out(more), "warning")], room)] if more else lines


def approval_in_two_lines(approval: Approval, room: int) -> list[Line]:
    """The same in two lines at most: what is wanted, and what it is about."""
    said, about = _said(approval.tool, room), _about(approval.tool, room)
    if len(said) + len(about) <= 2:
        return [*said, *about]
    first, second = (said[0], about[0]) if about else (said[0], said[1])
    if about and len(said) > 1:
        first = fit([*first, (" " * room, "warning-strong")], room)
    more = len(said) + len(about) - 2
    return [first, justified(second, [(_left_out(more), "warning")], room) if more else second]


def wish(tool: ToolCall) -> str:
    """What the agent says that it wants to do, on one line."""
    return " ".join(clean.exact(tool.title).split()) or tool_call.VERBS.get(tool.kind, "use a tool").lower()


def _said(tool: ToolCall, room: int) -> list[Line]:
    return wrap([("wants: ", "warning"), (wish(tool), "warning-strong")], room)


def _left_out(lines: int) -> str:
    return f"… {counted(lines, 'more line')}, enter to read"


def _about(tool: ToolCall, room: int) -> list[Line]:
    """All that is known of it: the command or the change, else the places and what else is given.

    Only a command that the wish says letter by letter is not said again.
    """
    command = tool_call.command(tool) if tool.kind == "execute" else ""
    if tool.diff is not None:
        return tool_call.whole(tool, room)
    said_already = bool(command) and clean.exact(command) == wish(tool).strip("`")
    lines = tool_call.whole(tool, room) if command and not said_already else []
    given = [] if command else list(tool.locations)
    if isinstance(tool.input, Mapping):
        shown = [*given, *([command] if command else [])]
        given += [
            f"{name}: {value}"
            for name, value in tool.input.items()
            if value not in shown and not (command and name in SAID)
        ]
    elif tool.input is not None and not command:
        given.append(str(tool.input))
    return lines + [line for text in given for line in _wrapped(text, room)]


def _wrapped(text: str, room: int) -> list[Line]:
    return [piece for line in clean.exact(text).split("\n") for piece in wrap([(line, "code")], room)]
