"""A tool call as a line with its title and result, and as all lines of its details."""

from collections.abc import Sequence

from agor_core.domain.figures import Diffstat
from agor_core.domain.message import FileDiff, ToolCall, ToolStatus
from agor_tui.app.widgets import patch_lines
from agor_tui.app.widgets.lines import Line, broken, joined, justified
from agor_tui.state import clean, questions
from agor_tui.state.figures import counted, lines_changed
from agor_tui.state.file_diff import counts, patch_of
from agor_tui.state.glyphs import Glyphs

TAIL = 5
TAIL_CHARACTERS = 4_000
"""Lines, and characters, at the end of the output of a command that runs."""
MOST_OUTPUT = 400
"""Lines of an output that are shown, the last ones."""


def summary_line(tool: ToolCall, glyphs: Glyphs, width: int, *, opened: bool) -> Line:
    """The line of a tool call: ``▸ Read  src/login.py     214 lines``."""
    sign = glyphs.opened if opened else glyphs.closed
    verb = questions.VERBS.get(tool.kind, "Tool")
    what = _what(tool, verb)
    ink = "del" if tool.status is ToolStatus.FAILED else "text"
    left: Line = [(f"{sign} ", "faint"), (f"{verb:<6} ", "muted"), (what, ink)]
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
    if tool.diffs:
        added, removed = (sum(figures) for figures in zip(*map(counts, tool.diffs), strict=True))
        more, less = lines_changed(Diffstat(files=len(tool.diffs), insertions=added, deletions=removed), glyphs)
        return joined([[(more, "add")], [(less, "del")]], " ", "text")
    lines = len((tool.output or "").rstrip("\n").splitlines())
    if not lines:
        return []
    return [(counted(lines, "line"), "faint")]


def all_diff_lines(diffs: Sequence[FileDiff], width: int) -> list[Line]:
    """The changes of all files, each under its path."""
    return [line for diff in diffs for line in diff_lines(diff, width)]


def detail_lines(tool: ToolCall, width: int) -> list[Line]:
    """The lines of an opened call: command, diff or output; empty without details."""
    lines = command_lines(questions.command_lines(questions.command_of(tool)), width) if tool.kind == "execute" else []
    if tool.diffs:
        return [*lines, *all_diff_lines(tool.diffs, width)]
    if tool.output:
        output = clean.block(tool.output).rstrip("\n").split("\n")
        if len(output) > MOST_OUTPUT:
            lines.append([(f"… {len(output) - MOST_OUTPUT} lines before", "faint")])
        for text in output[-MOST_OUTPUT:]:
            lines += broken([(text, "muted")], width)
    return lines


def tail_lines(tool: ToolCall, width: int) -> list[Line]:
    """The end of the output of a command that runs, as it comes; nothing once it has ended."""
    if tool.kind != "execute" or tool.status not in (ToolStatus.PENDING, ToolStatus.IN_PROGRESS) or not tool.output:
        return []
    output = clean.block(tool.output[-TAIL_CHARACTERS:]).rstrip("\n").split("\n")
    return [piece for text in output[-TAIL:] for piece in broken([(text, "muted")], width)][-TAIL:]


def command_lines(command: Sequence[str], width: int) -> list[Line]:
    """A command's lines; what continues a line that is full is indented, a line of its own has a sign."""
    return [
        piece
        for number, text in enumerate(command)
        for piece in broken([(text, "code")], width, first="> " if number else "$ ", indent="  ")
    ]


def diff_lines(diff: FileDiff, width: int) -> list[Line]:
    """The path of a changed file and the lines that changed."""
    patch = patch_of(diff)
    margin = patch_lines.margin(patch)
    lines: list[Line] = broken([(patch.files[0].path, "muted")], width)
    for line in patch.lines[1:]:
        lines += patch_lines.rows(line, margin, width)
    return lines


def _what(tool: ToolCall, verb: str) -> str:
    """The title, without a first word that repeats the verb."""
    text = clean.line(tool.title)
    if not text and tool.locations:
        text = clean.line(tool.locations[0])
    first, _, rest = text.partition(" ")
    same = {"Run": {"run", "running", "execute", "bash"}, "Edit": {"edit", "write", "append"}}.get(verb, {verb.lower()})
    return rest.removeprefix("to ") if rest and first.casefold().rstrip(":") in same else text
