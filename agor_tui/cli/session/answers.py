"""The answers of commands that create or change a session, and waiting for its task."""

from collections.abc import Callable
from typing import Any

from agor_tui.cli.exits import Exit
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.records import session_of
from agor_tui.state.clean import line
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment
from agor_tui.state.session_status import mark_of
from agor_tui.state.titles import session_title


def begun(invocation: Invocation, make: Callable[[], dict[str, Any]], *, wait: bool) -> int:
    """Create a session and print it; with ``wait`` after its first task ended, whose outcome is the exit code."""
    if not wait:
        answer(invocation, make())
        return Exit.OK
    from agor_tui.cli.waiting import outcome, say_outcome, wait_for_task

    made = ""

    def act() -> tuple[str, str | None]:
        nonlocal made
        session = make()
        made = session["session_id"]
        return made, (session.get("current") or {}).get("task_id")

    task = wait_for_task(invocation, act)
    answer(invocation, invocation.daemon.get("sessions", made))
    say_outcome(invocation, task)
    return outcome(task)


def answer(invocation: Invocation, record: dict[str, Any]) -> None:
    """Print a session as JSON, as its id, or as a line."""
    out = invocation.out
    if invocation.json:
        out.record(record)
    elif invocation.quiet:
        out.text(str(record["session_id"]))
    else:
        session = session_of(record)
        mark = mark_of(session, invocation.glyphs)
        out.line(
            [
                Segment(str(mark), mark.tone),
                Segment(f"  {session.short_id}", Tone.MUTED),
                Segment(f"  {session_title(session)}", Tone.STRONG),
                Segment(f"  {line(session.agent)}  {line(session.repo.cwd)}", Tone.MUTED),
            ]
        )
