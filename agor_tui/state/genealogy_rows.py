"""A genealogy as rows of a drawing, like ``git log --graph``: time runs down, a line is a session, numbers its tasks.

A fork, a sibling, branches off at the last task that it has in common with its source, or at the source's beginning; a
spawn, a child, hangs from its parent's beginning, and the rivals of a race from that of its first attempt. Branches
further to the right come first, so that no lines cross; at one task the older comes first.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from agor_core.domain.genealogy import Edge, EdgeKind, Genealogy, forked_at_start, last_inherited
from agor_core.domain.session import Session
from agor_tui.state.glyphs import UNICODE, Glyphs, Tone
from agor_tui.state.segments import Segment
from agor_tui.state.session_status import mark_of

MOST_STOPS = 10
"""Task numbers on one line; of a longer session those without a branch are left out in the middle."""
WIDEST = 36
"""Cells of the drawing; deeper branches are drawn with their left part cut off."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A task's number in the drawing: its column and its width in cells."""

    position: int
    column: int
    cells: int


@dataclass(frozen=True, slots=True)
class GenealogyRow:
    """One session: ``graph`` is its line and the lines that pass it, ``origin`` says from where it was branched off.

    A cursor moves through the rows in their order; ``stops`` are the columns of the tasks.
    """

    session: Session
    graph: tuple[Segment, ...]
    stops: tuple[Stop, ...]
    origin: str
    here: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """A session's place: the column that it branches off at, whether it is the last there, the passing lines."""

    session: Session
    edge: Edge | None
    column: int | None
    last: bool
    passing: tuple[int, ...]


def genealogy_rows(
    genealogy: Genealogy, *, here: str | None = None, glyphs: Glyphs = UNICODE
) -> tuple[GenealogyRow, ...]:
    """The rows of a genealogy; ``here`` is the session to mark."""
    return tuple(_Drawing(genealogy, here, glyphs).rows())


def origin(edge: Edge | None, session: Session, glyphs: Glyphs = UNICODE) -> str:
    """The origin in words: ``forked after 1 · replayed``, ``spawned from 3``; empty for a root.

    A fork at a task's end is "after" it, a fork at its start "before" it.
    """
    if edge is None:
        return ""
    position = edge.position
    if edge.kind is EdgeKind.RACE:
        return "same race"
    if edge.kind is EdgeKind.SPAWN:
        return "spawned" if position is None else f"spawned from {position}"
    side = "before" if forked_at_start(session) else "after"
    text = "forked" if position is None else f"forked {side} {position}"
    fidelity = session.genealogy.fidelity
    return text if fidelity is None else f"{text} {glyphs.dot} {fidelity}"


class _Drawing:
    def __init__(self, genealogy: Genealogy, here: str | None, glyphs: Glyphs) -> None:
        self._genealogy = genealogy
        self._here = here
        self._glyphs = glyphs
        self._sessions = {str(session.session_id): session for session in genealogy.sessions}
        self._children: dict[str, list[Edge]] = defaultdict(list)
        self._edges: dict[str, Edge] = {}
        for edge in genealogy.edges:
            if edge.target in self._sessions and edge.target not in self._edges and edge.source in self._sessions:
                self._edges[str(edge.target)] = edge
                self._children[str(edge.source)].append(edge)
        for edges in self._children.values():
            edges.sort(key=self._order)

    def _order(self, edge: Edge) -> tuple[bool, int, str, str]:
        """By age; the rivals of a race come after what came of the first, in the order of their ids' making."""
        rival = edge.kind is EdgeKind.RACE
        number = self._genealogy.edges.index(edge) if rival else 0
        return rival, number, self._sessions[edge.target].created_at, edge.target

    def rows(self) -> Iterator[GenealogyRow]:
        drawn: set[str] = set()
        roots = [session for session in self._genealogy.sessions if session.session_id not in self._edges]
        for root in roots:
            waiting = [_Place(root, None, None, True, ())]
            while waiting:
                place = waiting.pop()
                if place.session.session_id in drawn:
                    continue
                drawn.add(place.session.session_id)
                stops = self._stops(place)
                yield self._row(place, stops)
                waiting.extend(reversed(self._hanging(place, stops)))

    def _stops(self, place: _Place) -> tuple[Stop, ...]:
        """The numbers on the line; position 0 is a gap for numbers that are left out."""
        session = place.session
        left = {self._leaves(edge) for edge in self._children[session.session_id]} - {0}
        shown = _shown(max(session.task_count, max(left, default=0)), left)
        column = (0 if place.column is None else place.column + 1) + 2
        stops: list[Stop] = []
        for position in shown:
            cells = len(str(position)) if position else len(self._glyphs.ellipsis)
            stops.append(Stop(position, column, cells))
            column += cells + 1
        return tuple(stops)

    def _hanging(self, place: _Place, stops: tuple[Stop, ...]) -> list[_Place]:
        trunk = 0 if place.column is None else place.column + 1
        groups: dict[int, list[Edge]] = defaultdict(list)
        for edge in self._children[place.session.session_id]:
            position = self._leaves(edge)
            groups[_column_of(position, stops) if position else trunk].append(edge)
        outer = place.passing if place.last or place.column is None else (*place.passing, place.column)
        columns = sorted(groups, reverse=True)
        hanging = []
        for number, column in enumerate(columns):
            passing = (*outer, *columns[number + 1 :])
            for edge in groups[column]:
                last = edge is groups[column][-1]
                hanging.append(_Place(self._sessions[edge.target], edge, column, last, passing))
        return hanging

    def _leaves(self, edge: Edge) -> int:
        """The position of the task that an edge branches off after; 0 for the source's beginning."""
        if edge.kind is not EdgeKind.FORK or edge.position is None:
            return 0
        return last_inherited(self._sessions[edge.target].genealogy.fork_point, edge.position)

    def _row(self, place: _Place, stops: tuple[Stop, ...]) -> GenealogyRow:
        glyphs, session = self._glyphs, place.session
        here = session.session_id == self._here
        mark_at = 0 if place.column is None else place.column + 1
        start = _window(mark_at)
        cells = [" "] * (mark_at - start)
        for column in place.passing:
            if start <= column < mark_at:
                cells[column - start] = glyphs.vertical
        if place.column is not None and place.column >= start:
            cells[place.column - start] = glyphs.corner if place.last else glyphs.tee
        lines = "".join(cells)
        if start:
            lines = glyphs.ellipsis[:1] + lines[1:]
        tone = mark_of(session, glyphs).tone
        mark = glyphs.root
        if place.edge is not None:
            mark = {EdgeKind.FORK: glyphs.fork, EdgeKind.SPAWN: glyphs.spawn}.get(place.edge.kind, glyphs.root)
        graph = [Segment(lines, Tone.MUTED)] if lines else []
        graph.append(Segment(mark, tone))
        for stop in stops:
            graph.append(Segment(glyphs.horizontal, Tone.MUTED))
            text = str(stop.position) if stop.position else glyphs.ellipsis
            graph.append(Segment(text, tone if stop is stops[-1] else Tone.PLAIN))
        if here:
            graph.append(Segment(glyphs.here, Tone.STRONG))
        moved = tuple(Stop(stop.position, stop.column - start, stop.cells) for stop in stops if stop.position)
        said = origin(place.edge, session, glyphs)
        return GenealogyRow(session, tuple(graph), moved, said, here)


def _shown(count: int, left: set[int]) -> list[int]:
    """The positions that are drawn, with 0 for a gap."""
    if count <= MOST_STOPS:
        return list(range(1, count + 1))
    room = MOST_STOPS - 3
    chosen = sorted({1, count - 1, count, *sorted(left)[-room:]})
    shown: list[int] = []
    for position in chosen:
        before = shown[-1] if shown else 0
        if position == before + 2:
            shown.append(position - 1)
        elif position > before + 1:
            shown.append(0)
        shown.append(position)
    return shown


def _column_of(position: int, stops: tuple[Stop, ...]) -> int:
    """The column of a task's number, or of the gap that it falls into."""
    gap: Stop = stops[0]
    for stop in stops:
        if stop.position == position:
            return stop.column
        if stop.position and stop.position > position:
            break
        gap = stop
    return gap.column


def _window(mark_at: int) -> int:
    """The first column that is drawn in a row; it moves in steps, so that rows of similar depth stay aligned."""
    step = WIDEST // 3
    deepest = 2 * step
    return 0 if mark_at <= deepest else ((mark_at - deepest - 1) // step + 1) * step
