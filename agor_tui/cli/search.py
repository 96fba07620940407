"""``agor search``: words in titles, prompts, messages and tool calls, the newest first."""

from collections.abc import Iterable
from typing import Any

import click

from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, pass_invocation, verb
from agor_tui.cli.tables import TableColumn
from agor_tui.state.ages import age
from agor_tui.state.clean import line
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment

COLUMNS = (
    TableColumn("SESSION"),
    TableColumn("TITLE", gives=True),
    TableColumn("IN", drop=1),
    TableColumn("FOUND", gives=True),
    TableColumn("AGE", right=True, drop=2),
)


@verb("search")
@click.argument("words", nargs=-1, required=True, metavar="TEXT")
@click.option("--board", metavar="BOARD", type=ID, help="Only sessions on this board.")
@click.option("--agent", help="Only sessions of this agent.")
@click.option("--repo", metavar="REPO", type=ID, help="Only sessions in this repo.")
@click.option(
    "-n", "--limit", type=click.IntRange(1, 200), default=20, show_default=True, help="The maximum number of records."
)
@pass_invocation
def search(invocation: Invocation, /, words: tuple[str, ...], limit: int, **where: str | None) -> None:
    """Find words in titles, prompts, messages and tool calls, the newest first; all of the words must be there."""
    given = {"q": " ".join(words), "limit": str(limit), **where}
    query = [(name, value) for name, value in given.items() if value is not None]
    hits = invocation.daemon.call("GET", "/search", query=query)["data"]
    if invocation.json:
        invocation.out.record(hits)
    elif hits:
        rows = [_row(invocation, hit) for hit in _once(hits)]
        invocation.out.table(COLUMNS, rows)
    else:
        invocation.notice("Nothing found.")


def _once(hits: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """Drop the second hit of a prompt, which is stored as the task and as the user's message."""
    shown: dict[str, dict[str, Any]] = {}
    for hit in hits:
        shown.setdefault(hit["task_id"] if hit["kind"] == "task" else hit["id"], hit)
    return shown.values()


def _row(invocation: Invocation, hit: dict[str, Any]) -> list[Segment]:
    return [
        Segment(line(hit["short_id"]), Tone.STRONG),
        Segment(line(hit["title"])),
        Segment(line(hit["kind"])),
        Segment(line(hit["excerpt"]), Tone.MUTED),
        Segment(age(hit["created_at"], invocation.now), Tone.MUTED),
    ]
