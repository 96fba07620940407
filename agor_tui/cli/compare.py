"""``agor compare``: sessions of one repo beside each other, or what differs between two of them."""

import click

from agor_core.domain.comparison import Comparison
from agor_core.errors import InvalidInput
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import pass_invocation, verb
from agor_tui.cli.records import typed
from agor_tui.cli.tables import GAP, TableColumn
from agor_tui.state.clean import cut, line, width
from agor_tui.state.comparison_rows import figure_rows, file_row, heads, text_of
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment

LEAST = 12
"""Cells of a column at least."""


@verb("compare")
@click.argument("sessions", metavar="SESSION…", nargs=-1, required=True)
@click.option("--diff", is_flag=True, help="Of two sessions: the difference between their files.")
@click.option("--path", "paths", metavar="PATH", multiple=True, help="With --diff: only this file or folder.")
@click.option("--stat", is_flag=True, help="With --diff: only the figures of each file.")
@pass_invocation
def compare(invocation: Invocation, sessions: tuple[str, ...], diff: bool, paths: tuple[str, ...], stat: bool) -> None:
    """Compare sessions: figures, checks, conflicts, and files.

    Each has a column: status, tasks, time, check, what it changed since its base, what is uncommitted, conflicts with
    its target and with the others, tokens and cost, its last words; below is a row for each file. SESSION@task:N is a
    session as it was after a task. --diff prints the difference from the first to the second of two; piped, it is a
    patch.
    """
    for given in sessions:
        if not given.partition("@")[0].strip() or "/" in given or "," in given:
            raise InvalidInput(f"{given!r} is no id of a session.", place="sessions")
    if diff:
        _difference(invocation, sessions, paths, stat=stat)
        return
    if paths or stat:
        raise click.UsageError("--path and --stat go with --diff.")
    answer = invocation.daemon.call("GET", "/compare", query=[("sessions", ",".join(sessions))])
    if invocation.json:
        invocation.out.record(answer)
        return
    _print(invocation, typed(Comparison, answer))


def _difference(invocation: Invocation, sessions: tuple[str, ...], paths: tuple[str, ...], *, stat: bool) -> None:
    from agor_tui.cli.session.diff import show

    if len(sessions) != 2:
        raise click.UsageError("--diff compares two sessions, or a session with an earlier point of it.")
    (first, _, start), (second, _, end) = (given.partition("@") for given in sessions)
    points = [("from", start or "now"), ("to", f"{second}@{end or 'now'}")]
    show(invocation, first, [*points, *(("path[]", path) for path in paths)], stat=stat)


def _print(invocation: Invocation, found: Comparison) -> None:
    out, glyphs = invocation.out, invocation.glyphs
    names = max((width(file.path) for file in found.files), default=0)
    room = max(LEAST, (out.cells - min(max(names, 14), out.cells // 3)) // len(found.sessions) - GAP)
    columns = [TableColumn(""), *(TableColumn(text_of(head), gives=True) for head in heads(found))]
    rows = [
        [Segment(row.name, Tone.MUTED), *(_cell(cell, room) for cell in row.cells)]
        for row in figure_rows(found, glyphs)
    ]
    out.table(columns, rows)
    ids = tuple(one.session_id for one in found.sessions)
    if found.files:
        out.text()
        files = [
            [Segment(line(file.path)), *(_cell(cell, room) for cell in file_row(file, ids, glyphs))]
            for file in found.files
        ]
        out.table([TableColumn("FILE", gives=True), *columns[1:]], files)
    if found.file_count > len(found.files):
        out.line([Segment(f"and {found.file_count - len(found.files)} more files", Tone.MUTED)])
    for one in found.sessions:
        if one.note:
            invocation.notice(f"{one.short_id}: {line(one.note)}")


def _cell(cell: list[Segment], room: int) -> Segment:
    """A cell as one segment of at most ``room`` cells, in the tone of what stands out most."""
    tones = [segment.tone for segment in cell if segment.text.strip()]
    order = (Tone.ERROR, Tone.WARNING, Tone.SUCCESS, Tone.ACCENT, Tone.PLAIN, Tone.STRONG)
    plain = [tone for tone in order if tone in tones]
    added = {Tone.SUCCESS, Tone.ERROR} <= set(tones)
    return Segment(cut(text_of(cell), room), Tone.PLAIN if added else (plain[0] if plain else Tone.MUTED))
