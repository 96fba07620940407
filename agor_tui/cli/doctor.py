"""``agor doctor``: what the daemon's program finds wrong with the home, the database and this machine, in one table."""

import subprocess
import textwrap
from collections.abc import Iterator

import msgspec

from agor_core.errors import AgorError
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import pass_invocation, verb
from agor_tui.client import process
from agor_tui.state.clean import line, pad
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment

MARK, CHECK, LEAST = 9, 10, 20
"""Cells of the columns; a finding is broken into lines and never cut."""


@verb("doctor")
@pass_invocation
def doctor(invocation: Invocation) -> int:
    """Check the home, the database and this machine; exit 1 if something is wrong. Nothing is changed."""
    command, environment = process.command("doctor"), process.environment(invocation.paths)
    done = subprocess.run(command, env=environment, check=False, stdout=subprocess.PIPE)
    try:
        findings = [msgspec.json.decode(found, type=dict[str, str]) for found in done.stdout.splitlines()]
    except msgspec.DecodeError:
        raise AgorError("The checks could not be run; see: agor daemon logs") from None
    if invocation.json:
        invocation.out.record(findings)
        return done.returncode
    for found in findings:
        for segments in _lines(invocation, found):
            invocation.out.line(segments)
    return done.returncode


def _lines(invocation: Invocation, found: dict[str, str]) -> Iterator[list[Segment]]:
    glyphs = invocation.glyphs
    mark, tone = {
        "ok": (f"{glyphs.done} ok", Tone.SUCCESS),
        "warn": (f"{glyphs.idle} note", Tone.WARNING),
    }.get(found["state"], (f"{glyphs.failed} wrong", Tone.ERROR))
    room = max(LEAST, invocation.out.cells - MARK - CHECK)
    first, *rest = textwrap.wrap(line(found["says"]), room, break_long_words=False, break_on_hyphens=False) or [""]
    yield [Segment(pad(mark, MARK), tone), Segment(pad(line(found["check"]), CHECK), Tone.STRONG), Segment(first)]
    for more in rest:
        yield [Segment(" " * (MARK + CHECK)), Segment(more)]
