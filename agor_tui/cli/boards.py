"""``agor board …``: named collections of sessions."""

from typing import Any

import click

from agor_core.clock import timestamp
from agor_core.domain.board import Board
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, LazyVerb, group, limit_option, pass_invocation, together, verb
from agor_tui.cli.records import found, session_of, typed
from agor_tui.cli.tables import TableColumn
from agor_tui.state.ages import age
from agor_tui.state.clean import line
from agor_tui.state.figures import counted
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment

COLUMNS = (
    TableColumn("SLUG"),
    TableColumn("ID", drop=2),
    TableColumn("NAME", gives=True),
    TableColumn("SESSIONS", right=True),
    TableColumn("DESCRIPTION", gives=True, drop=3),
    TableColumn("AGE", right=True, drop=1),
)

LOOKS = together(
    click.option("--description", help="A description."),
    click.option("--icon", help="A character before the name."),
    click.option("--color", "colour", metavar="COLOR", help="The colour."),
)

_HERE = "agor_tui.cli.boards"

board = group(
    "board",
    "Named collections of sessions.",
    {
        "create": LazyVerb(f"{_HERE}:create", "Create a board."),
        "list": LazyVerb(f"{_HERE}:list_boards", "List the boards."),
        "show": LazyVerb(f"{_HERE}:show", "Show a board and its sessions."),
        "edit": LazyVerb(f"{_HERE}:edit", "Change a board's name, slug or looks."),
        "archive": LazyVerb(f"{_HERE}:archive", "Archive a board, or restore it."),
        "remove": LazyVerb(f"{_HERE}:remove", "Remove a board for good."),
    },
)


@verb("create")
@click.argument("name", metavar="NAME")
@click.option("--slug", help="The slug, a short name for commands; else made from the name.")
@LOOKS
@pass_invocation
def create(invocation: Invocation, /, name: str, colour: str | None, **options: Any) -> None:
    """Create a board."""
    body = {"name": name, "color": colour, **options}
    given = {field: value for field, value in body.items() if value is not None}
    _answer(invocation, invocation.daemon.create("boards", given))


@verb("list")
@click.option("--archived", is_flag=True, help="Only the archived ones.")
@limit_option
@pass_invocation
def list_boards(invocation: Invocation, archived: bool, limit: int) -> None:
    """List the boards."""
    query: dict[str, object] = {"$sort[created_at]": 1}
    if archived:
        query["archived_at[$ne]"] = None
    records = found(invocation.daemon, "boards", query, limit)
    if invocation.json:
        invocation.out.record(records)
    elif not records:
        invocation.nothing("No boards; make one with: agor board create NAME", limit)
    else:
        rows = [_row(invocation, typed(Board, record)) for record in records]
        invocation.out.table(COLUMNS, rows)


@verb("show")
@click.argument("given", metavar="BOARD", type=ID)
@pass_invocation
def show(invocation: Invocation, given: str) -> None:
    """Show a board and its sessions."""
    record = invocation.daemon.get("boards", given)
    if invocation.json:
        invocation.out.record(record)
        return
    from agor_tui.cli.session.listing import print_sessions

    _answer(invocation, record)
    query = {"board_id": record["board_id"], "$sort[created_at]": -1}
    sessions = [session_of(found_one) for found_one in found(invocation.daemon, "sessions", query, 1000)]
    if sessions:
        invocation.out.text()
        print_sessions(invocation, sessions)


@verb("edit")
@click.argument("given", metavar="BOARD", type=ID)
@click.option("--name", help="The new name.")
@click.option("--slug", help="The new slug, a short name for commands.")
@LOOKS
@pass_invocation
def edit(invocation: Invocation, /, given: str, colour: str | None, **options: Any) -> None:
    """Change a board's name, slug or looks."""
    body = {field: value for field, value in {"color": colour, **options}.items() if value is not None}
    if not body:
        raise click.UsageError("Nothing to change is given: see agor board edit --help.")
    _answer(invocation, invocation.daemon.patch("boards", given, body))


@verb("archive")
@click.argument("given", metavar="BOARD", type=ID)
@click.option("--undo", is_flag=True, help="Restore it.")
@pass_invocation
def archive(invocation: Invocation, given: str, undo: bool) -> None:
    """Archive a board, or restore it. Its sessions stay."""
    when = None if undo else timestamp(invocation.now)
    _answer(invocation, invocation.daemon.patch("boards", given, {"archived_at": when}))


@verb("remove")
@click.argument("given", metavar="BOARD", type=ID)
@pass_invocation
def remove(invocation: Invocation, given: str) -> None:
    """Remove a board for good. Its sessions stay, on no board."""
    record = invocation.daemon.remove("boards", given)
    _answer(invocation, record)
    if count := typed(Board, record).session_count:
        invocation.notice(f"{counted(count, 'session')} {'is' if count == 1 else 'are'} on no board now.")


def _answer(invocation: Invocation, record: dict[str, Any]) -> None:
    if invocation.json:
        invocation.out.record(record)
    elif invocation.quiet:
        invocation.out.text(str(record["board_id"]))
    else:
        board = typed(Board, record)
        invocation.out.line(
            [
                Segment(line(board.name), Tone.STRONG),
                Segment(f"  {line(board.slug)}  {board.short_id}", Tone.MUTED),
                Segment(f"  {counted(board.session_count, 'session')}"),
                Segment("  archived" if board.archived_at else "", Tone.MUTED),
            ]
        )


def _row(invocation: Invocation, board: Board) -> list[Segment]:
    return [
        Segment(line(board.slug), Tone.STRONG),
        Segment(board.short_id, Tone.MUTED),
        Segment(line(board.name)),
        Segment(str(board.session_count)),
        Segment(line(board.description), Tone.MUTED),
        Segment(age(board.created_at, invocation.now), Tone.MUTED),
    ]
