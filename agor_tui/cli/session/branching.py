"""``agor session fork`` and ``agor session spawn``."""

import contextlib
from collections.abc import Callable
from typing import Any

import click

from agor_core.domain.session import Session
from agor_core.ids import new_id
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, F, pass_invocation, together, verb
from agor_tui.cli.prompts import prompt_text
from agor_tui.cli.records import session_of, task_of
from agor_tui.cli.session.answers import begun
from agor_tui.cli.session.options import agent_options, options_of
from agor_tui.client.errors import DaemonError
from agor_tui.state.clean import line
from agor_tui.state.figures import left_out_names


def _branch_options(*, at: str, board: str, same_directory: str) -> Callable[[F], F]:
    """The arguments and options of both verbs; the help of three options differs."""
    return together(
        click.argument("session", metavar="SESSION", type=ID),
        click.option("--at", metavar="TASK", help=at),
        click.option("-p", "--prompt", metavar="TEXT", help="The prompt of the first task; - reads it from stdin."),
        click.option("-a", "--agent", metavar="NAME", help="The agent; else the same as the source's."),
        agent_options,
        click.option("-t", "--title", help="The title."),
        click.option("-b", "--board", metavar="BOARD", type=ID, help=board),
        click.option("--worktree", metavar="NAME", help="The name of the new worktree."),
        click.option("--same-directory", is_flag=True, help=same_directory),
        click.option(
            "-w", "--wait", is_flag=True, help="Wait for the end of the first task; the exit code is its outcome."
        ),
    )


@verb("fork")
@_branch_options(
    at="The task to fork at, by number or id; else the last that ended.",
    board="The board for the fork; else the source's.",
    same_directory="Fork the conversation only; work in the same folder.",
)
@click.option(
    "--point", type=click.Choice(["end", "start"]), help="Fork at the task's end (the default) or at its start."
)
@pass_invocation
def fork(invocation: Invocation, /, session: str, prompt: str | None, wait: bool, **options: Any) -> int:
    """Fork a session at one of its tasks, into a sibling with the conversation and the files of that time."""
    return _branch(invocation, "fork", session, prompt, options, wait=wait)


@verb("spawn")
@_branch_options(
    at="The task to spawn from, by number or id; else the last.",
    board="The board for the child; else the parent's.",
    same_directory="Work in the parent's folder.",
)
@pass_invocation
def spawn(invocation: Invocation, /, session: str, prompt: str | None, wait: bool, **options: Any) -> int:
    """Spawn a child with a fresh context from one of a session's tasks."""
    return _branch(invocation, "spawn", session, prompt, options, wait=wait)


def _branch(
    invocation: Invocation, action: str, session: str, prompt: str | None, options: dict[str, Any], *, wait: bool
) -> int:
    if wait and prompt is None:
        raise click.UsageError("--wait needs a --prompt to wait for.")
    body = {name: value for name, value in options.items() if value is not None and value is not False}
    if str(body.get("at", "")).isdecimal() and len(body["at"]) <= 6:
        body["at"] = int(body["at"])
    if further := options_of(body.pop("pairs", ())):
        body["options"] = further
    body["session_id"] = new_id()
    if prompt is not None:
        body["prompt"] = prompt_text(prompt)
        body["task_id"] = new_id()

    def make() -> dict[str, Any]:
        made = invocation.daemon.act(session, action, body)
        _name_left_out(invocation, session_of(made))
        return made

    return begun(invocation, make, wait=wait)


def _name_left_out(invocation: Invocation, made: Session) -> None:
    """Say which files of a fork are not as they were, and what its worktree has not."""
    point = made.genealogy.fork_point_task_id
    if point is None or not made.repo.managed_worktree:
        return
    if names := left_out_names(task_of(invocation.daemon.get("tasks", point))):
        invocation.notice(f"Not as they were, because they are too large for a checkpoint: {names}.")
    if made.repo.worktree_id is not None:
        with contextlib.suppress(DaemonError):  # the fork is made all the same
            for note in invocation.daemon.get("worktrees", made.repo.worktree_id)["notes"]:
                invocation.notice(line(note))
