"""``agor queue …``: the prompts of a session that wait for their turn."""

from typing import Any

import click

from agor_core.domain.session import Session
from agor_tui.cli.context import session_argument
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, LazyVerb, group, limit_option, pass_invocation, verb
from agor_tui.cli.prompts import prompt_text
from agor_tui.cli.records import found, session_of, task_of
from agor_tui.cli.session.answers import answer as answer_session
from agor_tui.cli.tasks import answer, print_tasks
from agor_tui.client.daemon import Daemon
from agor_tui.client.errors import DaemonError

MOST = 1000
_HERE = "agor_tui.cli.queue"

queue = group(
    "queue",
    "The prompts of a session that wait.",
    {
        "list": LazyVerb(f"{_HERE}:list_queue", "List the queued prompts, the next one first."),
        "edit": LazyVerb(f"{_HERE}:edit", "Replace the text of a queued prompt."),
        "move": LazyVerb(f"{_HERE}:move", "Move a queued prompt to another place."),
        "drop": LazyVerb(f"{_HERE}:drop", "Take a prompt out of the queue."),
        "now": LazyVerb(f"{_HERE}:now", "Send a queued prompt now."),
        "resume": LazyVerb(f"{_HERE}:resume", "Go on with a queue that a stop has paused."),
    },
)


@verb("list")
@session_argument
@limit_option
@pass_invocation
def list_queue(invocation: Invocation, session: str, limit: int) -> None:
    """List the queued prompts, the next one first."""
    record = invocation.daemon.get("sessions", session)
    records = queued_of(invocation.daemon, record["session_id"], limit)
    if invocation.json:
        invocation.out.record(records)
    elif records:
        print_tasks(invocation, [task_of(one) for one in records])
        _tell_paused(invocation, session_of(record))
    else:
        invocation.nothing("The queue is empty.", limit)


@verb("edit")
@click.argument("task", metavar="TASK", type=ID)
@click.argument("text", metavar="TEXT")
@pass_invocation
def edit(invocation: Invocation, task: str, text: str) -> None:
    """Replace the text of a queued prompt; TEXT is - for stdin."""
    answer(invocation, _act(invocation, task, "edit", {"prompt": prompt_text(text)}))


@verb("move")
@click.argument("task", metavar="TASK", type=ID)
@click.argument("place", metavar="PLACE", type=click.IntRange(1))
@pass_invocation
def move(invocation: Invocation, task: str, place: int) -> None:
    """Move a queued prompt to another place; 1 is the next."""
    answer(invocation, _act(invocation, task, "move", {"to": place}))


@verb("drop")
@click.argument("task", metavar="TASK", type=ID)
@pass_invocation
def drop(invocation: Invocation, task: str) -> None:
    """Take a prompt out of the queue."""
    answer(invocation, _act(invocation, task, "drop"))


@verb("now")
@click.argument("task", metavar="TASK", type=ID)
@click.option("--interrupt", is_flag=True, help="Stop the task that runs, and run this one next.")
@pass_invocation
def now(invocation: Invocation, task: str, interrupt: bool) -> None:
    """Send a queued prompt now.

    It joins the running turn, if the agent takes messages there; while nothing runs it begins.
    """
    answer(invocation, send_now(invocation, invocation.daemon.get("tasks", task), interrupt=interrupt))


@verb("resume")
@session_argument
@pass_invocation
def resume(invocation: Invocation, session: str) -> None:
    """Go on with a queue that a stop has paused."""
    answer_session(invocation, invocation.daemon.act(session, "resume"))


def queued_of(daemon: Daemon, session_id: str, limit: int = MOST) -> list[dict[str, Any]]:
    """The queued tasks of a session, the next one first."""
    return found(daemon, "tasks", {"session_id": session_id, "status": "queued", "$sort[position]": 1}, limit)


def send_now(invocation: Invocation, task: dict[str, Any], *, interrupt: bool = False) -> dict[str, Any]:
    """Send a queued task now. Where the agent takes no message into its turn it stays queued, which is said."""
    try:
        return _act(invocation, task["task_id"], "now", {"interrupt": interrupt})
    except DaemonError as error:
        if error.code != 409 or interrupt:
            raise
        invocation.notice(f"It waits in the queue: {error.message}")
        return task


def _act(invocation: Invocation, task: str, action: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    record: dict[str, Any] = invocation.daemon.call("POST", f"/tasks/{task}/{action}", body=body or {})
    return record


def _tell_paused(invocation: Invocation, session: Session) -> None:
    if session.queue_paused:
        invocation.notice(f"The queue is paused: agor queue resume {session.short_id} lets it go on.")
