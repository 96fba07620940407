"""``agor session stop``, ``restore``, ``complete``, ``archive`` and ``rename``."""

from typing import Any

import click

from agor_core.domain.task import BY_THE_DAEMON
from agor_core.errors import Conflict
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, pass_invocation, verb
from agor_tui.cli.queue import queued_of
from agor_tui.cli.records import found
from agor_tui.cli.session.answers import answer
from agor_tui.state.figures import counted

MOST_RESTORED = 10_000


@verb("stop")
@click.argument("session", metavar="SESSION", type=ID)
@click.option("--queue", is_flag=True, help="Drop the queued prompts as well.")
@pass_invocation
def stop(invocation: Invocation, session: str, queue: bool) -> None:
    """Cancel a session's running task; queued prompts wait for agor queue resume."""
    stopped = invocation.daemon.act(session, "stop", {"queue": True} if queue else None)
    answer(invocation, stopped)
    if stopped["queue_paused"]:
        count = counted(len(queued_of(invocation.daemon, stopped["session_id"])), "queued prompt")
        short = stopped["short_id"]
        invocation.notice(f"{count} kept, paused: agor queue resume {short}; agor session stop {short} --queue drops.")


@verb("restore")
@click.argument("session", metavar="[SESSION]…", type=ID, nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every session whose task ended with the daemon.")
@click.option("--prompt", default="Continue.", show_default=True, help="What they are told.")
@pass_invocation
def restore(invocation: Invocation, session: tuple[str, ...], everything: bool, prompt: str) -> None:
    """Let sessions go on whose tasks ended with the daemon, by a stop, a restart or a crash.

    Each takes its conversation up again and is told to continue.
    """
    if bool(session) is everything:
        raise click.UsageError("Name the sessions, or say --all.")
    daemon = invocation.daemon
    if everything:
        query: dict[str, object] = {"$sort[updated_at]": 1}
        records = [one for one in found(daemon, "sessions", query, MOST_RESTORED) if _ended_with_daemon(one)]
    else:
        records = [daemon.get("sessions", one) for one in session]
        for one in records:
            if not _ended_with_daemon(one):
                raise Conflict(f"The last task of {one['short_id']} did not end with the daemon.")
    done = []
    for one in records:
        daemon.act(one["session_id"], "prompt", {"prompt": prompt})
        if one["queue_paused"]:
            daemon.act(one["session_id"], "resume")
        done.append(daemon.get("sessions", one["session_id"]))
    if invocation.json:
        invocation.out.record(done)
    elif not done:
        invocation.notice("No session's task ended with the daemon.")
    else:
        for one in done:
            answer(invocation, one)


def _ended_with_daemon(record: dict[str, Any]) -> bool:
    current = record["current"]
    return record["status"] in ("idle", "failed") and current is not None and current["error"] in BY_THE_DAEMON


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
