"""``agor session bisect``: the first task after which a check fails."""

from typing import Any

import click

from agor_core.domain.check import CheckStatus
from agor_core.domain.task import Task
from agor_core.ids import new_id
from agor_tui.cli.check_waiting import run_check
from agor_tui.cli.context import session_argument
from agor_tui.cli.exits import Exit
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import pass_invocation, verb
from agor_tui.cli.records import reference, task_of, tasks_of
from agor_tui.client.errors import DaemonError
from agor_tui.state.bisection import SKIP, Bisection
from agor_tui.state.clean import line
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment

NOTHING = "No task of this session has kept its files, so there is nothing to search."
UNPROCESSABLE = 422


@verb("bisect")
@session_argument
@click.option("--check", "command", metavar="COMMAND", help="The command to run; else the repo's check.")
@pass_invocation
def bisect(invocation: Invocation, session: str, command: str | None) -> int:
    """Find the first task after which a check fails, inherited tasks included.

    The files of some tasks are checked, half of those that are left each time. A check that ends with the code 125 says
    nothing of these files.
    """
    daemon = invocation.daemon
    session_id = reference(daemon, "sessions", session, "session_id")
    inherited = daemon.call("GET", f"/sessions/{session_id}/inherited")["tasks"]
    records = {str(task["task_id"]): task for task in (*inherited, *tasks_of(daemon, session_id))}
    search = Bisection([task_of(record) for record in records.values()])
    runs: list[dict[str, Any]] = []
    while (wanted := search.wanted) is not None:
        run = _run(invocation, session_id, wanted, command)
        if run is not None:
            runs.append(run)
            _tell(invocation, wanted, run)
        search.told(_said(run))
    bad = search.first_bad
    note = NOTHING if search.empty and not runs else search.note
    if invocation.json:
        invocation.out.record({"first_bad": None if bad is None else records[bad.task_id], "runs": runs, "note": note})
    else:
        _show(invocation, bad, note)
    return Exit.OK if bad is not None or (runs and runs[-1]["status"] == CheckStatus.PASSED) else Exit.FAILED


def _run(
    invocation: Invocation, session_id: str, wanted: tuple[Task, bool], command: str | None
) -> dict[str, Any] | None:
    """One check; None where the files are not there any more. Raises DaemonError where the check cannot be run."""
    task, at_start = wanted
    body: dict[str, Any] = {"check_id": new_id(), "at": task.task_id, "reason": "bisect"}
    if at_start:
        body["point"] = "start"
    if command is not None:
        body["command"] = command
    try:
        run = run_check(invocation, session_id, body)
    except DaemonError as error:
        if error.code == UNPROCESSABLE and "checkpoint" in str(error):
            return None
        raise
    if run["status"] in (CheckStatus.PASSED, CheckStatus.FAILED):
        return run
    raise click.ClickException(f"The check after task {task.position} {run['status']}: {line(run.get('error'))}")


def _said(run: dict[str, Any] | None) -> bool | None:
    if run is None or run["exit_code"] == SKIP:
        return None
    return bool(run["status"] == CheckStatus.PASSED)


def _tell(invocation: Invocation, wanted: tuple[Task, bool], run: dict[str, Any]) -> None:
    task, at_start = wanted
    where = f"before task {task.position}" if at_start else f"after task {task.position}"
    invocation.notice(f"{invocation.glyphs.check(run['status'])} {where}")


def _show(invocation: Invocation, bad: Task | None, note: str | None) -> None:
    out = invocation.out
    if bad is not None:
        prompt = line(bad.description or bad.full_prompt)
        where = [Segment(f"Task {bad.position}", Tone.STRONG), Segment(f"  {bad.short_id}", Tone.MUTED)]
        out.line([Segment("The first task after which it fails: ", Tone.PLAIN), *where, Segment(f"  {prompt}")])
    if note is not None:
        out.text(note)
