"""The rows of a genealogy as lines of a given width: the drawing, then title, agent, status, changes, money, origin."""

from collections.abc import Sequence

from agor_tui.state import check_facts
from agor_tui.state.clean import cut, line, pad, width
from agor_tui.state.figures import changes, money
from agor_tui.state.genealogy_rows import GenealogyRow
from agor_tui.state.glyphs import UNICODE, Glyphs, Tone
from agor_tui.state.segments import Segment
from agor_tui.state.session_status import mark_of
from agor_tui.state.titles import session_title

SHORTEST_TITLE = 16
GAP = 2
ORDER = (0, 1, 5, 2, 3, 4)
"""The columns from left to right: agent, status, check, changes, money, origin."""


def genealogy_lines(
    rows: Sequence[GenealogyRow], cells: int, glyphs: Glyphs = UNICODE
) -> tuple[tuple[Segment, ...], ...]:
    """One line for each row, the columns aligned, at most ``cells`` wide.

    Columns without room are left out: first the origin, then money, changes, check, agent.
    """
    graph = max((width(_text(row.graph)) for row in rows), default=0)
    titles = [session_title(row.session) for row in rows]
    columns = [_column(rows, glyphs, index) for index in range(6)]
    widths = [max((width(segment.text) for segment in column), default=0) for column in columns]
    kept = _kept(widths, cells - graph - 1 - SHORTEST_TITLE)
    taken = sum(widths[index] + GAP for index in kept)
    title_cells = max(0, min(max(map(width, titles), default=0), cells - graph - 1 - taken))
    return tuple(
        _line(row, title, graph, title_cells, [(columns[i][number], widths[i], i in (2, 3)) for i in kept], glyphs)
        for number, (row, title) in enumerate(zip(rows, titles, strict=True))
    )


def _line(
    row: GenealogyRow,
    title: str,
    graph: int,
    title_cells: int,
    columns: list[tuple[Segment, int, bool]],
    glyphs: Glyphs,
) -> tuple[Segment, ...]:
    space = " " * (graph - width(_text(row.graph)) + 1)
    tone = Tone.STRONG if row.here else Tone.PLAIN
    segments = [*row.graph, Segment(space), Segment(pad(title, title_cells, ellipsis=glyphs.ellipsis), tone)]
    for segment, cells, right in columns:
        segments.append(Segment(" " * GAP))
        segments.append(Segment(pad(segment.text, cells, right=right), segment.tone))
    return tuple(segments)


def _column(rows: Sequence[GenealogyRow], glyphs: Glyphs, index: int) -> list[Segment]:
    column = []
    for row in rows:
        session = row.session
        mark = mark_of(session, glyphs)
        column.append(
            (
                Segment(cut(line(session.agent), 14), Tone.MUTED),
                Segment(str(mark), mark.tone),
                Segment(changes(session.changed, glyphs)),
                Segment(money(session.usage.cost_usd)),
                Segment(row.origin, Tone.MUTED),
                check_facts.of_session(session, glyphs) or Segment(""),
            )[index]
        )
    return column


def _kept(widths: list[int], room: int) -> list[int]:
    """The indexes of the columns that fit; priority: status, agent, check, changes, money, origin."""
    kept = []
    for index in (1, 0, 5, 2, 3, 4):
        if widths[index] and widths[index] + GAP <= room:
            room -= widths[index] + GAP
            kept.append(index)
    return sorted(kept, key=ORDER.index)


def _text(segments: Sequence[Segment]) -> str:
    return "".join(segment.text for segment in segments)
