"""``agor session stop``, ``complete``, ``archive`` and ``rename``."""

from typing import Any

import click

from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, pass_invocation, verb
from agor_tui.cli.session.answers import answer


@verb("stop")
@click.argument("session", metavar="SESSION", type=ID)
@pass_invocation
def stop(invocation: Invocation, session: str) -> None:
    """Cancel a session's running task and its queue."""
    answer(invocation, invocation.daemon.act(session, "stop"))


@verb("complete")
@click.argument("session", metavar="SESSION", type=ID)
@pass_invocation
def complete(invocation: Invocation, session: str) -> None:
    """Mark a session as completed."""
    answer(invocation, invocation.daemon.act(session, "complete"))


@verb("archive")
@click.argument("session", metavar="SESSION", type=ID)
@click.option("--undo", is_flag=True, help="Restore it.")
@click.option("--release", is_flag=True, help="Let its worktree go as well; a prompt makes it again.")
@pass_invocation
def archive(invocation: Invocation, session: str, undo: bool, release: bool) -> None:
    """Archive a session, or restore it."""
    if undo and release:
        raise click.UsageError("--undo and --release exclude each other.")
    daemon = invocation.daemon
    done = daemon.patch("sessions", session, {"archived_at": None}) if undo else daemon.remove("sessions", session)
    if release and (worktree_id := done["repo"].get("worktree_id")) is not None:
        daemon.call("POST", f"/worktrees/{worktree_id}/release", body={})
    answer(invocation, done)


@verb("rename")
@click.argument("session", metavar="SESSION", type=ID)
@click.argument("title", metavar="TITLE", required=False)
@click.option("-b", "--board", metavar="BOARD", type=ID, help="Move it to this board, by slug or id.")
@click.option("--no-board", is_flag=True, help="Take it off its board.")
@pass_invocation
def rename(invocation: Invocation, session: str, title: str | None, board: str | None, no_board: bool) -> None:
    """Change a session's title or board."""
    if board is not None and no_board:
        raise click.UsageError("--board and --no-board exclude each other.")
    body: dict[str, Any] = {}
    if title is not None:
        body["title"] = title
    if board is not None or no_board:
        body["board"] = board
    if not body:
        raise click.UsageError("Say the new TITLE, or --board.")
    answer(invocation, invocation.daemon.patch("sessions", session, body))
