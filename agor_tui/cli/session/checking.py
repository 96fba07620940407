"""``agor session check``: run the check on a session's files, read its output, stop it."""

import sys
from typing import Any

import click

from agor_core.domain.check import Check
from agor_core.ids import new_id
from agor_tui.cli.check_waiting import outcome, run_check
from agor_tui.cli.context import session_argument
from agor_tui.cli.exits import Exit
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import pass_invocation, verb
from agor_tui.cli.records import reference, typed
from agor_tui.client.errors import DaemonError
from agor_tui.state.ages import duration
from agor_tui.state.clean import block, exact, line
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment


@verb("check")
@session_argument
@click.option("--check", "command", metavar="COMMAND", help="The command to run; else the repo's check.")
@click.option("--at", metavar="TASK", help="Check the files as they were after this task, by number or id.")
@click.option("--allow", is_flag=True, help="Allow the commands of the repository's .agor.toml, which you have read.")
@click.option("--no-wait", is_flag=True, help="Do not wait for its end.")
@click.option("--stop", is_flag=True, help="Stop the checks of the session that run.")
@click.option("--log", is_flag=True, help="Print the output of its latest check.")
@pass_invocation
def check(
    invocation: Invocation,
    session: str,
    command: str | None,
    at: str | None,
    allow: bool,
    no_wait: bool,
    stop: bool,
    log: bool,
) -> int:
    """Check a session's files by a command; the exit code is its outcome.

    The command runs in the session's worktree. The files of an earlier task are checked in a working tree of their own,
    which is gone afterwards.
    """
    if sum((stop, log, bool(command or at or allow or no_wait))) > 1:
        raise click.UsageError("--stop and --log stand alone.")
    if stop:
        return _stop(invocation, session)
    if log:
        return _log(invocation, session)
    body: dict[str, Any] = {"check_id": new_id()}
    if command is not None:
        body["command"] = command
    if at is not None:
        body["at"] = int(at) if at.isdecimal() and len(at) <= 6 else at
    record = _allowed(invocation, session, body, allow=allow, wait=not no_wait)
    show(invocation, record)
    return Exit.OK if no_wait else outcome(record)


def show(invocation: Invocation, record: dict[str, Any]) -> None:
    """Print a check as JSON, as its id, or as lines with the end of its output."""
    out = invocation.out
    if invocation.json:
        out.record(record)
        return
    if invocation.quiet:
        out.text(str(record["check_id"]))
        return
    found = typed(Check, record)
    mark = invocation.glyphs.check(found.status)
    took = "" if found.duration is None else f"  {duration(found.duration)}"
    code = "" if found.exit_code in (None, 0) else f"  exit code {found.exit_code}"
    facts = [Segment(str(mark), mark.tone), Segment(f"  {line(found.command)}", Tone.STRONG)]
    out.line([*facts, Segment(f"{took}{code}", Tone.MUTED)])
    for sentence in (*([found.error] if found.error else []), *found.notes):
        out.line([Segment(line(sentence), Tone.MUTED)], indent=2)
    if found.status == "failed":
        for text in block(found.tail).splitlines():
            out.line([Segment(exact(text), Tone.PLAIN)], indent=2)
        if found.log_path is not None:
            out.line([Segment(f"All of it: agor session check {found.session_id} --log", Tone.MUTED)], indent=2)


def _allowed(invocation: Invocation, session: str, body: dict[str, Any], *, allow: bool, wait: bool) -> dict[str, Any]:
    """Run the check, once the repository's commands are allowed: by ``--allow``, or by an answer on a terminal."""
    try:
        return run_check(invocation, session, body, wait=wait)
    except DaemonError as error:
        details = error.failure.errors
        text, digest = details.get("commands"), details.get("consent")
        if not isinstance(text, str) or not isinstance(digest, str):
            raise
        asked = sys.stdin.isatty() and not invocation.json
        if allow or asked:
            invocation.notice(f"The commands of this repository's .agor.toml:\n{text}")
        if not allow and not (asked and click.confirm("Allow them until the file changes?", err=True)):
            raise
        return run_check(invocation, session, {**body, "consent": digest}, wait=wait)


def _stop(invocation: Invocation, session: str) -> int:
    daemon = invocation.daemon
    session_id = reference(daemon, "sessions", session, "session_id")
    running = daemon.find("checks", {"session_id": session_id, "status": "running"})["data"]
    stopped = [daemon.call("POST", f"/checks/{each['check_id']}/stop", body={}) for each in running]
    if invocation.json:
        invocation.out.record(stopped)
    elif not stopped:
        invocation.notice("No check of this session runs.")
    else:
        for each in stopped:
            show(invocation, each)
    return Exit.OK


def _log(invocation: Invocation, session: str) -> int:
    daemon = invocation.daemon
    session_id = reference(daemon, "sessions", session, "session_id")
    query = {"session_id": session_id, "$sort[created_at]": -1, "$limit": 1}
    found = daemon.find("checks", query)["data"]
    if not found:
        daemon.get("sessions", session_id)
        invocation.notice("This session was not checked yet.")
        return Exit.FAILED
    for piece in daemon.stream(f"/checks/{found[0]['check_id']}/log"):
        invocation.out.raw(piece)
    return Exit.OK
