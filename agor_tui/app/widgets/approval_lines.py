"""A pending approval as lines: the agent's request, and the command or the change that it is for. Pure."""

from agor_core.domain.approval import Approval
from agor_core.domain.message import ToolCall
from agor_tui.app.commands.command import key
from agor_tui.app.widgets import tool_call
from agor_tui.app.widgets.lines import Line, broken, cells, justified, truncated, wrap
from agor_tui.state.answers import answers
from agor_tui.state.figures import counted
from agor_tui.state.questions import question_of, request_title, says_command


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


def answer_lines(approval: Approval, room: int) -> list[Line]:
    """The ways to answer with their keys: on one line if they fit there and none warns, else one a line."""
    ways = answers(approval)
    row: Line = [
        piece for way in ways for piece in ((" ".join(way.keys), "warning-strong"), (f" {way.does}   ", "text"))
    ]
    if all(way.plain for way in ways) and cells(row) <= room:
        return [row]
    keys = max(len(" ".join(way.keys)) for way in ways)
    does = max(len(way.does) for way in ways)
    lines: list[Line] = []
    for way in ways:
        head: Line = [(f"{' '.join(way.keys):<{keys}}", "warning-strong"), (f" {way.does:<{does}}", "text")]
        warning: Line = [(f"; {way.warning}", "warning")] if way.warning else []
        lines += wrap([*head, (f"   {way.name}", "muted"), *warning], room, indent=" " * (keys + 1), first="")
    return lines


def _request(tool: ToolCall, room: int) -> list[Line]:
    line: Line = [("wants: ", "warning"), (request_title(tool), "warning-strong")]
    return broken(line, room) if says_command(tool) else wrap(line, room)


def _omitted(lines: int) -> str:
    return f"… {counted(lines, 'more line')}, {key('session.toggle', 'enter')} to read"


def _details(tool: ToolCall, room: int) -> list[Line]:
    """All details of the tool call: its command or change, else its locations and the rest of its input."""
    question = question_of(tool)
    if question.diffs:
        return tool_call.all_diff_lines(question.diffs, room)
    lines = tool_call.command_lines(question.command, room)
    return [*lines, *(piece for text in question.fields for piece in broken([(text, "code")], room))]
