"""``agor session|repo|worktree remove``, ``agor worktree release`` and ``prune``: what goes, and what would be lost."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import click

from agor_core.domain.standing import WorktreeStanding
from agor_tui.cli.exits import Exit
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, pass_invocation, verb
from agor_tui.cli.records import PAGE, found, reference
from agor_tui.cli.worktrees import look, sessions_by_id
from agor_tui.client.errors import DaemonError
from agor_tui.state.clean import line
from agor_tui.state.figures import counted, size

CONFLICT = 409
FORCE = click.option("--force", is_flag=True, help="Also if work would be lost.")


@verb("remove")
@click.argument("session", metavar="SESSION", type=ID)
@FORCE
@click.option("--keep", is_flag=True, help="Leave the worktree and its branch as they are.")
@pass_invocation
def remove_session(invocation: Invocation, session: str, force: bool, keep: bool) -> int:
    """Remove a session for good, with its worktree, branch and checkpoints.

    It is refused, with a list, while work would be lost, and while other sessions were forked or spawned from it. For
    14 days agor trash undo brings it back.
    """
    if force and keep:
        raise click.UsageError("--force and --keep exclude each other.")
    query = [("purge", "true"), *([("force", "true")] if force else []), *([("keep", "true")] if keep else [])]
    return _remove(invocation, "sessions", session, query, lambda record: record.get("title") or record["short_id"])


@verb("remove")
@click.argument("repo", metavar="REPO", type=ID)
@pass_invocation
def remove_repo(invocation: Invocation, repo: str) -> int:
    """Forget a repo that no session refers to.

    The repository itself stays as it is.
    """
    return _remove(invocation, "repos", repo, [], lambda record: record["slug"])


@verb("remove")
@click.argument("worktree", metavar="WORKTREE", type=ID)
@FORCE
@pass_invocation
def remove_worktree(invocation: Invocation, worktree: str, force: bool) -> int:
    """Remove a worktree that no session works in, with its branch; refused, with a list, while work would be lost."""
    return _remove(invocation, "worktrees", worktree, [("force", "true")] if force else [], lambda one: one["name"])


@verb("release")
@click.argument("worktree", metavar="WORKTREE", type=ID)
@click.option("--force", is_flag=True, help="Also if files would be lost that no checkpoint can hold.")
@pass_invocation
def release(invocation: Invocation, worktree: str, force: bool) -> int:
    """Let a worktree go: its files are kept as a checkpoint, its branch stays, and a prompt makes it again."""
    return guarded(invocation, lambda: let_go(invocation, worktree, force=force))


@verb("prune")
@click.option("--repo", "given", metavar="REPO", type=ID, help="Only worktrees of this repo, by slug or id.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@pass_invocation
def prune(invocation: Invocation, given: str | None, dry_run: bool) -> int:
    """Let all worktrees go that nobody misses: those of archived sessions, and those of none.

    Nothing is lost by it: the files are kept as checkpoints, branches stay, and a prompt makes a worktree again. One
    that no session works in is removed with its branch, if that has no work of its own. What could not go is said.
    """
    query = {} if given is None else {"repo_id": reference(invocation.daemon, "repos", given, "repo_id")}
    records = found(invocation.daemon, "worktrees", query, PAGE * 10)
    archived = {one.session_id for one in sessions_by_id(invocation).values() if one.archived_at is not None}
    idle = [seen for seen in look(invocation, records) if archived.issuperset(seen.session_ids)]
    going = [seen for seen in idle if seen.may_go and (seen.there or not seen.session_ids)]
    gone = [seen for seen in going if dry_run or _goes(invocation, seen)]
    if invocation.json:
        invocation.out.record(gone)
        return Exit.OK
    for seen in gone:
        branch = f"its branch {line(seen.branch)} {'stays' if seen.session_ids else 'had no work of its own'}"
        invocation.out.text(f"{line(seen.name)}  {size(seen.bytes)}  {branch}")
    for seen in idle:
        if seen.there and not seen.may_go:
            why = seen.problem or "; ".join(seen.losses)
            invocation.notice(f"{line(seen.name)} stays: {line(why)}")
    would = "would go" if dry_run else "went"
    invocation.notice(f"{counted(len(gone), 'worktree')} {would}, {size(sum(seen.bytes for seen in gone))}.")
    return Exit.OK


def let_go(invocation: Invocation, worktree: str, *, force: bool) -> dict[str, Any]:
    """Let a worktree go."""
    path = f"/worktrees/{quote(worktree, safe='')}/release"
    record: dict[str, Any] = invocation.daemon.call("POST", path, body={"force": force})
    if invocation.json:
        invocation.out.record(record)
    else:
        invocation.notice(f"The worktree {line(record['name'])} is gone; its branch {line(record['ref'])} stays.")
    return record


def _goes(invocation: Invocation, seen: WorktreeStanding) -> bool:
    """Let one go that may; False, and a notice, if it may not any more."""
    path = f"/worktrees/{quote(seen.worktree_id, safe='')}"
    try:
        if seen.session_ids:
            invocation.daemon.call("POST", f"{path}/release", body={})
        else:
            invocation.daemon.call("DELETE", path, repeatable=False)
    except DaemonError as error:
        invocation.notice(f"{line(seen.name)} stays: {error.message}")
        return False
    return True


def _remove(
    invocation: Invocation,
    service: str,
    given: str,
    query: list[tuple[str, str]],
    name_of: Callable[[dict[str, Any]], str],
) -> int:
    def work() -> None:
        path = f"/{service}/{quote(given, safe='')}"
        record = invocation.daemon.call("DELETE", path, query=query, repeatable=False)
        if invocation.json:
            invocation.out.record(record)
        else:
            way_back = f" To bring it back: agor trash undo {record['short_id']}" if service == "sessions" else ""
            invocation.notice(f"Removed {line(name_of(record))}.{way_back}")

    return guarded(invocation, work)


def guarded(invocation: Invocation, work: Callable[[], object]) -> int:
    """Do what a guard may refuse because work would be lost, which has an exit code of its own."""
    try:
        work()
    except DaemonError as error:
        if error.code != CONFLICT or "candidates" in error.failure.errors:
            raise
        invocation.refuse(_with_options(error.message))
        return Exit.REFUSED
    return Exit.OK


def _with_options(message: str) -> str:
    """The daemon's sentence with the options of the command line in it."""
    for theirs, ours in (("force=true", "--force"), ("keep=true", "--keep"), ("ask for a revert", "say --revert")):
        message = message.replace(theirs, ours)
    return message
