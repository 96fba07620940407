"""``agor task retry``: the prompt of a task again, as it was or changed, in place or as a fork at its start."""

import click

from agor_core.ids import new_id
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, pass_invocation, verb
from agor_tui.cli.prompts import prompt_text
from agor_tui.cli.records import task_of
from agor_tui.cli.session.answers import answer as answer_session
from agor_tui.cli.tasks import answer
from agor_tui.state.retrying import changed_files


@verb("retry")
@click.argument("task_id", metavar="TASK", type=ID)
@click.option("-p", "--prompt", metavar="TEXT", help="Another prompt in place of the task's; - reads it from stdin.")
@click.option("--fork", "forked", is_flag=True, help="In a fork at the start of the task, with the files of then.")
@click.option("--in-place", is_flag=True, help="In the session itself, also if the task changed files.")
@pass_invocation
def retry(invocation: Invocation, task_id: str, prompt: str | None, forked: bool, in_place: bool) -> None:
    """Prompt a session again with the prompt of a task, as its next task.

    With another prompt, and if the task changed files, it is a fork at the start of the task instead.
    """
    if forked and in_place:
        raise click.UsageError("--fork and --in-place exclude each other.")
    daemon = invocation.daemon
    task = task_of(daemon.get("tasks", task_id))
    text = task.full_prompt if prompt is None else prompt_text(prompt)
    if forked or (prompt is not None and not in_place and changed_files(task)):
        body = {"at": task.task_id, "point": "start", "prompt": text, "task_id": new_id(), "session_id": new_id()}
        answer_session(invocation, daemon.act(task.session_id, "fork", body))
    else:
        body = {"prompt": text, "task_id": new_id()}
        answer(invocation, daemon.call("POST", f"/tasks/{task.task_id}/retry", body=body))
