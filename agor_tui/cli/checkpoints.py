"""``agor checkpoint …``: the room that checkpoints take."""

from typing import Any
from urllib.parse import quote

import click

from agor_core.domain.collection import Collection
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import LazyVerb, group, pass_invocation, verb
from agor_tui.cli.records import PAGE, found, typed
from agor_tui.state.clean import line
from agor_tui.state.figures import counted, size
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment

checkpoint = group(
    "checkpoint",
    "The checkpoints of tasks, and the room that they take.",
    {"gc": LazyVerb("agor_tui.cli.checkpoints:collect", "Free the room of checkpoints that nothing needs.")},
)


@verb("gc")
@click.argument("repos", metavar="[REPO]…", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Only say which checkpoints would go for the budget.")
@pass_invocation
def collect(invocation: Invocation, repos: tuple[str, ...], dry_run: bool) -> None:
    """Free the room of checkpoints that nothing needs, of these repos, else of all.

    Checkpoints go with their sessions. Where those of a repo take more than checkpoints.budget, the oldest go, those of
    archived sessions first; the latest of a session and those that a fork began at stay. The daemon does this by itself
    while nothing else happens.
    """
    known = repos or [record["repo_id"] for record in found(invocation.daemon, "repos", {"$sort[slug]": 1}, PAGE)]
    records: list[dict[str, Any]] = []
    for repo in known:
        path = f"/repos/{quote(repo, safe='')}/gc"
        records.append(invocation.daemon.call("POST", path, body={"dry_run": dry_run}))
        if not invocation.json:
            _print(invocation, typed(Collection, records[-1]))
    if invocation.json:
        invocation.out.record(records)
    elif not known:
        invocation.notice("No repos, so there are no checkpoints.")


def _print(invocation: Invocation, done: Collection) -> None:
    would = "would go" if done.dry_run else "went"
    went = (
        f", the checkpoints of {counted(done.let_go_count, 'task')} {would} for the budget" if done.let_go_count else ""
    )
    freed = "" if done.dry_run else f", {size(max(0, done.before_bytes - done.after_bytes))} freed"
    invocation.out.line(
        [
            Segment(line(done.repo_slug), Tone.STRONG),
            Segment(f"  {size(done.after_bytes)} of {size(done.budget_bytes)}{freed}{went}"),
        ]
    )
