"""``agor trash …``: sessions that were removed for good, and can be brought back for a while."""

from typing import Any
from urllib.parse import quote

import click

from agor_core.domain.trash import TrashItem
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, LazyVerb, group, limit_option, pass_invocation, verb
from agor_tui.cli.records import found, typed
from agor_tui.cli.session.answers import answer
from agor_tui.cli.tables import TableColumn
from agor_tui.state.ages import age
from agor_tui.state.clean import line
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment

COLUMNS = (
    TableColumn("ID"),
    TableColumn("SESSION", gives=True),
    TableColumn("AGENT", drop=2),
    TableColumn("TASKS", right=True, drop=1),
    TableColumn("BRANCH", gives=True),
    TableColumn("REMOVED", right=True),
    TableColumn("UNTIL"),
)

trash = group(
    "trash",
    "Sessions that were removed, for 14 days.",
    {
        "list": LazyVerb("agor_tui.cli.trash:list_trash", "List the removed sessions, the latest first."),
        "undo": LazyVerb("agor_tui.cli.trash:undo", "Bring a removed session back."),
    },
)


@verb("list")
@limit_option
@pass_invocation
def list_trash(invocation: Invocation, limit: int) -> None:
    """List the removed sessions, the latest first, and until when they can be brought back."""
    records = found(invocation.daemon, "trash", {}, limit)
    if invocation.json:
        invocation.out.record(records)
    elif not records:
        invocation.nothing("The trash is empty.", limit)
    else:
        rows = [_row(invocation, typed(TrashItem, record)) for record in records]
        invocation.out.table(COLUMNS, rows)


@verb("undo")
@click.argument("session", metavar="SESSION", type=ID)
@pass_invocation
def undo(invocation: Invocation, session: str) -> None:
    """Bring a removed session back, as it was: its conversation, checkpoints, branch and worktree."""
    answer(invocation, bring_back(invocation, session))


def bring_back(invocation: Invocation, session: str) -> dict[str, Any]:
    """The session, once it is back."""
    path = f"/trash/{quote(session, safe='')}/restore"
    record: dict[str, Any] = invocation.daemon.call("POST", path, repeatable=False)
    return record


def _row(invocation: Invocation, item: TrashItem) -> list[Segment]:
    return [
        Segment(item.short_id, Tone.MUTED),
        Segment(line(item.title) or "untitled", Tone.STRONG),
        Segment(line(item.agent)),
        Segment(str(item.task_count)),
        Segment(line(item.branch)),
        Segment(age(item.removed_at, invocation.now), Tone.MUTED),
        Segment(item.until[:10], Tone.MUTED),
    ]
