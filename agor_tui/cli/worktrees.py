"""``agor worktree …``: the working trees of sessions, how they stand and what room they take."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import click

from agor_core.domain.session import Session
from agor_core.domain.standing import WorktreeStanding
from agor_core.domain.worktree import Worktree
from agor_core.ids import SessionId, short_id
from agor_tui.cli.folders import absolute
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, LazyVerb, group, limit_option, pass_invocation, verb
from agor_tui.cli.records import PAGE, found, reference, session_of, typed
from agor_tui.cli.tables import TableColumn
from agor_tui.state.ages import age
from agor_tui.state.clean import line
from agor_tui.state.figures import size
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment
from agor_tui.state.titles import session_title
from agor_tui.state.worktree_facts import beside, state_of

AT_ONCE = 4
"""Worktrees that are asked about at the same time."""
COLUMNS = (
    TableColumn("NAME"),
    TableColumn("ID", drop=4),
    TableColumn("SESSION", gives=True),
    TableColumn("REPO", gives=True, drop=3),
    TableColumn("BRANCH", gives=True, drop=3),
    TableColumn("STATE"),
    TableColumn("COMMITS", drop=1),
    TableColumn("SIZE", right=True),
    TableColumn("USED", right=True, drop=2),
    TableColumn("FOLDER", gives=True, drop=5),
)

worktree = group(
    "worktree",
    "The working trees that sessions have.",
    {
        "list": LazyVerb("agor_tui.cli.worktrees:list_worktrees", "List the worktrees, and how they stand."),
        "release": LazyVerb("agor_tui.cli.removal:release", "Let a worktree go: its files are kept."),
        "move": LazyVerb("agor_tui.cli.worktrees:move", "Say where a worktree was moved to."),
        "prune": LazyVerb("agor_tui.cli.removal:prune", "Let all worktrees go that nobody misses."),
        "remove": LazyVerb("agor_tui.cli.removal:remove_worktree", "Remove a worktree that no session works in."),
    },
)


@verb("list")
@click.option("--repo", "given", metavar="REPO", type=ID, help="Only worktrees of this repo, by slug or id.")
@click.option("--plain", is_flag=True, help="Do not look at the worktrees: no state, commits and size.")
@limit_option
@pass_invocation
def list_worktrees(invocation: Invocation, given: str | None, plain: bool, limit: int) -> None:
    """List the worktrees, and how they stand, the newest first.

    STATE is open, changed (something is not committed), done (its work is in the branch that it is meant for), or
    gone; COMMITS are those that it has and that branch has not, and the other way round.
    """
    query: dict[str, object] = {"$sort[created_at]": -1}
    if given is not None:
        query["repo_id"] = reference(invocation.daemon, "repos", given, "repo_id")
    records = found(invocation.daemon, "worktrees", query, limit)
    standings: Sequence[WorktreeStanding | None] = [None] * len(records) if plain else look(invocation, records)
    if invocation.json:
        seen = zip(records, standings, strict=True)
        invocation.out.record([{**record, "standing": one} if one is not None else record for record, one in seen])
    elif not records:
        invocation.nothing("No worktrees.", limit)
    else:
        trees = [typed(Worktree, record) for record in records]
        sessions = sessions_by_id(invocation)
        several = len({tree.repo_id for tree in trees}) > 1
        slugs = {one["repo_id"]: one["slug"] for one in found(invocation.daemon, "repos", {}, PAGE)} if several else {}
        rows = [_row(invocation, tree, one, sessions, slugs) for tree, one in zip(trees, standings, strict=True)]
        invocation.out.table(COLUMNS, rows)


@verb("move")
@click.argument("worktree", metavar="WORKTREE", type=ID)
@click.argument("path", metavar="PATH")
@pass_invocation
def move(invocation: Invocation, worktree: str, path: str) -> None:
    """Say where a worktree was moved to: PATH is its folder now.

    Its links to the repository and its submodules are repaired; its sessions go on there.
    """
    body = {"path": absolute(path, "PATH")}
    record = invocation.daemon.call("POST", f"/worktrees/{quote(worktree, safe='')}/move", body=body)
    if invocation.json:
        invocation.out.record(record)
    else:
        invocation.notice(f"The worktree {line(record['name'])} is at {line(record['path'])}.")


def look(invocation: Invocation, records: Iterable[dict[str, Any]]) -> list[WorktreeStanding]:
    """How the worktrees stand, several looked at together."""
    daemon = invocation.daemon

    def one(record: dict[str, Any]) -> WorktreeStanding:
        path = f"/worktrees/{quote(record['worktree_id'], safe='')}/standing"
        return typed(WorktreeStanding, daemon.call("GET", path))

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(one, records))


def sessions_by_id(invocation: Invocation) -> dict[SessionId, Session]:
    """All sessions that have a worktree, archived or not."""
    query = {"repo.worktree_id[$ne]": "null", "$or[0][archived_at]": "null", "$or[1][archived_at][$ne]": "null"}
    records = found(invocation.daemon, "sessions", query, PAGE * 10)
    return {session.session_id: session for session in (session_of(record) for record in records)}


def _row(
    invocation: Invocation,
    tree: Worktree,
    seen: WorktreeStanding | None,
    sessions: dict[SessionId, Session],
    slugs: Mapping[str, str],
) -> list[Segment]:
    users = [session for session in sessions.values() if session.repo.worktree_id == tree.worktree_id]
    names = ", ".join(session_title(one) + (" (archived)" if one.archived_at else "") for one in users)
    state, tone = state_of(seen) if seen is not None else ("", Tone.PLAIN)
    used = seen.used_at if seen is not None else tree.updated_at
    return [
        Segment(line(tree.name), Tone.STRONG),
        Segment(short_id(tree.worktree_id), Tone.MUTED),
        Segment(names, Tone.PLAIN if any(one.archived_at is None for one in users) else Tone.MUTED),
        Segment(line(slugs.get(tree.repo_id)), Tone.MUTED),
        Segment(line(seen.branch if seen is not None else tree.ref)),
        Segment(state, tone),
        Segment(beside(seen, invocation.glyphs) if seen is not None else ""),
        Segment(size(seen.bytes) if seen is not None and seen.there else ""),
        Segment(age(used, invocation.now), Tone.MUTED),
        Segment(line(tree.path), Tone.MUTED),
    ]
