"""What an agent asks for, as lines of text: they stand beside every ``agor approval allow`` that is offered."""

from collections.abc import Iterator, Sequence

from agor_core.domain.approval import Approval, ApprovalOption
from agor_core.domain.message import ToolCall
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.patches import diff_lines
from agor_tui.cli.records import found, typed
from agor_tui.state import clean
from agor_tui.state.answers import KINDS
from agor_tui.state.glyphs import Glyphs, Tone
from agor_tui.state.questions import question_of
from agor_tui.state.segments import Segment

MOST_PENDING = 100


def pending(invocation: Invocation, session_ids: Sequence[str]) -> list[Approval]:
    """The open approvals of some sessions, the oldest first."""
    if not session_ids:
        return []
    query = {"session_id[$in]": list(session_ids), "status": "pending", "$sort[created_at]": 1}
    return [typed(Approval, record) for record in found(invocation.daemon, "approvals", query, MOST_PENDING)]


def print_question(invocation: Invocation, tool: ToolCall, *, indent: int, most: int | None = None) -> bool:
    """Print the command, the change or the input that a question is about; whether all lines are shown.

    Lines are printed whole, however long they are; ``most`` limits their number.
    """
    lines = list(question_lines(tool, invocation.glyphs))
    shown = lines if most is None or len(lines) <= most else lines[: most - 1]
    for line in shown:
        styled = "".join(invocation.out.styled(segment.text, segment.tone) for segment in line)
        invocation.out.text(" " * indent + styled)
    return len(shown) == len(lines)


def option_line(option: ApprovalOption) -> list[Segment]:
    """An option of the agent: its id, which ``--option`` takes, its name, what it does, and what it writes."""
    does = f"  {KINDS.get(option.kind, option.kind)}"
    line = [Segment(f"{clean.exact(option.id)}  ", Tone.ACCENT), Segment(clean.line(option.name))]
    warning = [Segment(f"; {clean.line(option.writes)}", Tone.WARNING)] if option.writes else []
    return [*line, Segment(does, Tone.MUTED), *warning]


def question_lines(tool: ToolCall, glyphs: Glyphs) -> Iterator[list[Segment]]:
    """The lines of the command, the change or the input; none if the title says all."""
    question = question_of(tool)
    for number, text in enumerate(question.command):
        yield [Segment("> " if number else "$ ", Tone.MUTED), Segment(text, Tone.ACCENT)]
    for text in question.fields:
        yield [Segment(text)]
    if question.diffs:
        from agor_tui.state.file_diff import patch_of  # only where a change is asked for

        for diff in question.diffs:
            yield from diff_lines(patch_of(diff), glyphs)
