"""A tool call as a line with its title and result, and as all lines of its details."""

from collections.abc import Mapping
from typing import Any

from agor_core.domain.figures import Diffstat
from agor_core.domain.message import ToolCall, ToolStatus
from agor_tui.app.widgets import unified_diff
from agor_tui.app.widgets.lines import Line, joined, justified, wrap
from agor_tui.state import clean
from agor_tui.state.figures import counted, lines_changed
from agor_tui.state.glyphs import Glyphs

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
MOST_OUTPUT = 400
"""Lines of an output that are shown, the last ones."""


def summary_line(tool: ToolCall, glyphs: Glyphs, width: int, *, opened: bool) -> Line:
    """The line of a tool call: ``▸ Read  src/login.py     214 lines``."""
    sign = glyphs.opened if opened else glyphs.closed
    verb = VERBS.get(tool.kind, "Tool")
    what = _what(tool, verb)
    ink = "del" if tool.status is ToolStatus.FAILED else "text"
    left: Line = [(f"{sign} ", "faint"), (f"{verb:<6}", "muted"), (what, ink)]
    return justified(left, result_line(tool, glyphs), width)


def result_line(tool: ToolCall, glyphs: Glyphs) -> Line:
    """The result in a word or two; empty without output."""
    match tool.status:
        case ToolStatus.FAILED:
            return [(f"{glyphs.failed} failed", "del")]
        case ToolStatus.PENDING | ToolStatus.IN_PROGRESS:
            return [(f"{glyphs.running}", "accent")]
        case _:
            pass
    if tool.diff is not None:
        added, removed = unified_diff.counts(tool.diff)
        more, less = lines_changed(Diffstat(files=1, insertions=added, deletions=removed), glyphs)
        return joined([[(more, "add")], [(less, "del")]], " ", "text")
    lines = len((tool.output or "").rstrip("\n").splitlines())
    if not lines:
        return []
    return [(counted(lines, "line"), "faint")]


def detail_lines(tool: ToolCall, width: int) -> list[Line]:
    """The lines of an opened call: command, diff or output; empty without details."""
    lines: list[Line] = []
    if tool.kind == "execute" and (said := command(tool)):
        for number, text in enumerate(clean.exact(said).rstrip("\n").split("\n")):
            lines += wrap([(f"{'  ' if number else '$ '}{text}", "code")], width)
    if tool.diff is not None:
        lines.append([(clean.exact(tool.diff.path), "muted")])
        lines += [
            piece
            for line in unified_diff.diff_lines(tool.diff)
            for piece in wrap(line, width, indent="       ", first="")
        ]
    elif tool.output:
        output = clean.block(tool.output).rstrip("\n").split("\n")
        if len(output) > MOST_OUTPUT:
            lines.append([(f"… {len(output) - MOST_OUTPUT} lines before", "faint")])
        for text in output[-MOST_OUTPUT:]:
            lines += wrap([(text, "muted")], width)
    return lines


def _what(tool: ToolCall, verb: str) -> str:
    """The title, without a first word that repeats the verb."""
    text = clean.line(tool.title)
    if not text and tool.locations:
        text = clean.line(tool.locations[0])
    first, _, rest = text.partition(" ")
    same = {"Run": {"run", "running", "execute", "bash"}, "Edit": {"edit", "write", "append"}}.get(verb, {verb.lower()})
    return rest.removeprefix("to ") if rest and first.casefold().rstrip(":") in same else text


def command(tool: ToolCall) -> str:
    """The command of a call; empty if it has none."""
    if isinstance(tool.input, Mapping):
        said: Any = tool.input.get("command")
        if isinstance(said, list | tuple):
            return " ".join(str(part) for part in said)
        if said:
            return str(said)
    return ""
