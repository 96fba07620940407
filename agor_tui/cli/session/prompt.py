"""``agor session prompt``."""

from typing import Any

import click

from agor_core.ids import new_id
from agor_tui.cli.exits import Exit
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, pass_invocation, verb
from agor_tui.cli.prompts import prompt_text
from agor_tui.cli.queue import send_now
from agor_tui.cli.tasks import answer


@verb("prompt")
@click.argument("session", metavar="SESSION", type=ID)
@click.argument("text", metavar="TEXT")
@click.option("-w", "--wait", is_flag=True, help="Wait for the end of the task; the exit code is its outcome.")
@click.option("--now", is_flag=True, help="Into the running turn, if the agent takes messages there.")
@pass_invocation
def prompt(invocation: Invocation, session: str, text: str, wait: bool, now: bool) -> int:
    """Give a session its next task; TEXT is - for stdin.

    While a turn runs the task is queued.
    """
    if now and wait:
        raise click.UsageError("--now and --wait exclude each other: what joins a turn is no task of its own.")
    body: dict[str, Any] = {"prompt": prompt_text(text), "task_id": new_id()}
    if not wait:
        task = invocation.daemon.act(session, "prompt", body)
        answer(invocation, send_now(invocation, task) if now and task["status"] == "queued" else task)
        return Exit.OK
    from agor_tui.cli.waiting import outcome, say_outcome, wait_for_task

    def act() -> tuple[str, str | None]:
        task = invocation.daemon.act(session, "prompt", body)
        return task["session_id"], task["task_id"]

    wait_for_task(invocation, act)
    task = invocation.daemon.get("tasks", body["task_id"])
    answer(invocation, task)
    say_outcome(invocation, task)
    return outcome(task)
