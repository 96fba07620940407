"""``agor status``: the overview, and with ``--disk`` the room that Agor takes and what could go without loss."""

import click

from agor_core.domain.standing import DiskUse, WorktreeStanding
from agor_tui.cli.exits import Exit
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import pass_invocation, verb
from agor_tui.cli.records import typed
from agor_tui.cli.tables import TableColumn
from agor_tui.state.clean import line
from agor_tui.state.figures import counted, size
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment
from agor_tui.state.worktree_facts import state_of

LARGEST = 10
"""Worktrees that are listed."""
AREAS = (TableColumn("AREA"), TableColumn("SIZE", right=True), TableColumn("NOTE", gives=True))
TREES = (TableColumn("WORKTREE", gives=True), TableColumn("SIZE", right=True), TableColumn("STATE"))


@verb("status")
@click.option("--disk", is_flag=True, help="The room on the disk, and what could go without loss.")
@pass_invocation
def status(invocation: Invocation, disk: bool) -> int:
    """Print an overview; with --disk the room that Agor takes.

    The overview has the daemon, the sessions by status, those that need you, and the recent ones.
    """
    if not disk:
        from agor_tui.cli.overview import overview

        return overview(invocation)
    record = invocation.daemon.call("GET", "/disk", query=[("fresh", "true")])
    if invocation.json:
        invocation.out.record(record)
    else:
        _print(invocation, typed(DiskUse, record))
    return Exit.OK


def in_a_line(use: DiskUse) -> str:
    """What Agor takes, and what of it could go without loss."""
    freed = f", {size(use.may_go_bytes)} of it could go: agor worktree prune" if use.may_go_bytes else ""
    return f"{size(use.total_bytes)} on the disk{freed}"


def _print(invocation: Invocation, use: DiskUse) -> None:
    out = invocation.out
    out.line([Segment(in_a_line(use), Tone.STRONG), Segment(f"  {line(use.home)}", Tone.MUTED)])
    budgets = [
        f"{line(one.repo_slug)} {size(one.bytes)} of {size(one.budget_bytes)}" for one in use.checkpoints if one.bytes
    ]
    notes = {"worktrees": counted(len(use.worktrees), "worktree"), "checkpoints": ", ".join(budgets)}
    rows = [
        [Segment(line(name)), Segment(size(taken)), Segment(notes.get(name, ""), Tone.MUTED)]
        for name, taken in sorted(use.areas.items(), key=lambda area: -area[1])
        if taken
    ]
    out.text()
    out.table(AREAS, rows)
    if use.worktrees:
        out.text()
        out.table(TREES, [_row(tree) for tree in use.worktrees[:LARGEST]])
        if len(use.worktrees) > LARGEST:
            out.line([Segment(f"and {len(use.worktrees) - LARGEST} more: agor worktree list", Tone.MUTED)])


def _row(tree: WorktreeStanding) -> list[Segment]:
    state, tone = state_of(tree)
    return [Segment(line(tree.name)), Segment(size(tree.bytes)), Segment(state, tone)]
