"""``agor`` without a terminal: an overview, and the next commands."""

from typing import Any

from agor_core import __version__
from agor_core.domain.session import SessionStatus
from agor_core.domain.standing import DiskUse
from agor_tui.cli.exits import Exit
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.records import found, session_of, typed
from agor_tui.state.ages import duration
from agor_tui.state.glyphs import Tone
from agor_tui.state.questions import request_title
from agor_tui.state.segments import Segment

RECENT = 10
MOST_ASKED = 30
"""Lines of a question."""


def overview(invocation: Invocation) -> int:
    """Print the daemon, the counts by status, the sessions that need a person, the recent ones, the next commands."""
    daemon = invocation.daemon
    counts = {
        status.value: int(daemon.find("sessions", {"status": status.value, "$limit": 0})["total"])
        for status in SessionStatus
    }
    disk = daemon.call("GET", "/disk", query=[("fresh", "false")])
    health = daemon.health()  # after a call that hears soon of a daemon that hangs
    waiting = _sessions(invocation, {"status": SessionStatus.AWAITING_PERMISSION.value})
    recent = _sessions(invocation, {"status[$ne]": SessionStatus.AWAITING_PERMISSION.value})
    if invocation.json:
        invocation.out.record(
            {"daemon": health, "counts": counts, "needs_you": waiting, "recent": recent, "disk": disk}
        )
        return Exit.OK
    _print(invocation, health, counts, waiting, recent, disk)
    return Exit.OK


def _print(
    invocation: Invocation,
    health: dict[str, Any],
    counts: dict[str, int],
    waiting: list[dict[str, Any]],
    recent: list[dict[str, Any]],
    disk: dict[str, Any] | None,
) -> None:
    from agor_tui.cli.session.listing import print_sessions

    out, glyphs = invocation.out, invocation.glyphs
    out.line(
        [
            Segment(f"agor {__version__}", Tone.STRONG),
            Segment(f"  daemon up {duration(float(health.get('uptime') or 0))}, port {health.get('port')}", Tone.MUTED),
        ]
    )
    marks = [(glyphs.session(status), count) for status, count in counts.items() if count]
    out.line(
        [Segment(f"{mark.glyph} {count} {mark.word}   ", mark.tone) for mark, count in marks]
        or [Segment("No sessions yet.", Tone.MUTED)]
    )
    if disk is not None:
        from agor_tui.cli.status import in_a_line

        out.line([Segment(in_a_line(typed(DiskUse, disk)), Tone.MUTED)])
    for heading, records in (("NEEDS YOU", waiting), ("RECENT", recent)):
        if records:
            out.heading(heading)
            print_sessions(invocation, [session_of(record) for record in records], indent=2)
    whole = _print_questions(invocation, waiting)
    out.heading("NEXT")
    for command, meaning in _next(waiting, recent, whole=whole):
        out.line([Segment(f"{command:<44}"), Segment(meaning, Tone.MUTED)], indent=2)


def _print_questions(invocation: Invocation, waiting: list[dict[str, Any]]) -> bool:
    """Print what each session waits for; whether the first one's question, which is offered to allow, is whole."""
    from agor_tui.cli.questions import pending, print_question

    questions = {one.session_id: one for one in reversed(pending(invocation, [one["session_id"] for one in waiting]))}
    whole = False
    for number, record in enumerate(waiting):
        question = questions.get(record["session_id"])
        if question is None:
            continue
        invocation.out.heading("WANTS", f"{record['short_id']}  {request_title(question.tool)}")
        shown = print_question(invocation, question.tool, indent=2, most=MOST_ASKED)
        if not shown:
            invocation.out.text(f"  … there is more: agor session show {record['short_id']}")
        whole = shown if number == 0 else whole
    return whole


def _sessions(invocation: Invocation, query: dict[str, object]) -> list[dict[str, Any]]:
    return found(invocation.daemon, "sessions", {**query, "$sort[updated_at]": -1}, RECENT)


def _next(waiting: list[dict[str, Any]], recent: list[dict[str, Any]], *, whole: bool) -> list[tuple[str, str]]:
    commands = []
    if waiting and whole:
        commands.append((f"agor approval allow {waiting[0]['short_id']}", "let it go on; or: deny"))
    if waiting or recent:
        commands.append((f"agor session show {(waiting or recent)[0]['short_id']}", "what it did"))
        commands.append((f"agor session prompt {(recent or waiting)[0]['short_id']} TEXT", "its next task"))
    commands.append(("agor session create --prompt TEXT", "a new session here; --agent NAME chooses"))
    if not (waiting or recent):
        commands.append(("agor agent list", "which agents there are; demo needs nothing"))
    commands.append(("agor", "in a terminal: the app"))
    commands.append(("agor --help", "all verbs"))
    return commands
