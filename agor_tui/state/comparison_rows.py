"""A comparison as rows of figures, and a row for each file; for the screen and the command line. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agor_core.domain.check import CheckStatus
from agor_core.domain.comparison import ComparedFile, ComparedSession, Comparison, FileInSession
from agor_core.domain.texts import short_sha
from agor_core.ids import SessionId
from agor_tui.state import clean
from agor_tui.state.ages import duration
from agor_tui.state.figures import changes, counted, lines_changed, money, tokens
from agor_tui.state.glyphs import UNICODE, Glyphs, Tone
from agor_tui.state.segments import Segment

Cell = list[Segment]
NOTHING = "–"
LAST_WORDS = "last words"
"""The name of the row of which a screen shows several lines."""
STATUS_WORDS = {"added": "new", "deleted": "deleted", "renamed": "renamed", "type_changed": "other kind"}


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A row of figures: its name, and a cell for each session."""

    name: str
    cells: tuple[Cell, ...]


def letter(index: int) -> str:
    """The letter of a column, ``A`` for the first."""
    return chr(ord("A") + index)


def heads(comparison: Comparison) -> tuple[Cell, ...]:
    """The first lines of the columns: a letter and the agent."""
    return tuple(
        [Segment(f"{letter(index)} ", Tone.ACCENT), Segment(clean.line(one.agent), Tone.STRONG)]
        for index, one in enumerate(comparison.sessions)
    )


def titles_differ(comparison: Comparison) -> bool:
    """Whether the sessions have different titles, so that each has to be said."""
    return len({one.title for one in comparison.sessions}) > 1


def figure_rows(comparison: Comparison, glyphs: Glyphs = UNICODE) -> list[FigureRow]:
    """All rows of figures; a row of which nothing is known of any session is left out."""
    letters = {one.session_id: letter(index) for index, one in enumerate(comparison.sessions)}
    makers: list[tuple[str, Callable[[ComparedSession], Cell]]] = [
        ("title", lambda one: [Segment(clean.line(one.title or one.short_id))]),
        ("status", lambda one: _status(one, glyphs)),
        ("model", lambda one: _text(clean.line(one.model))),
        ("check", lambda one: _check(one, glyphs)),
        ("changes", lambda one: _changes(one, glyphs)),
        ("uncommitted", _uncommitted),
        ("conflicts", lambda one: _conflicts(one, letters)),
        ("tokens · cost", _usage),
        (LAST_WORDS, lambda one: _text(clean.line(one.last_words))),
    ]
    if not titles_differ(comparison):
        makers = makers[1:]
    rows = [FigureRow(name, tuple(make(one) for one in comparison.sessions)) for name, make in makers]
    return [row for row in rows if row.name not in ("model", "check") or any(map(_says, row.cells))]


def file_cell(file: ComparedFile, index: int, session_ids: Sequence[SessionId], glyphs: Glyphs = UNICODE) -> Cell:
    """What a session did to a file: its figures, and ``same as A`` where an earlier column has the same."""
    own = file.within.get(session_ids[index])
    if own is None:
        return [Segment(NOTHING, Tone.MUTED)]
    cell = _figures(own, glyphs)
    if word := STATUS_WORDS.get(own.status):
        cell += [Segment(f" {word}", Tone.MUTED)]
    return [*cell, *_relation(file, own, index, session_ids)]


def file_row(file: ComparedFile, session_ids: Sequence[SessionId], glyphs: Glyphs = UNICODE) -> list[Cell]:
    """What each session did to a file."""
    return [file_cell(file, index, session_ids, glyphs) for index in range(len(session_ids))]


def text_of(cell: Cell) -> str:
    """The text of a cell."""
    return "".join(segment.text for segment in cell)


def short_base(session: ComparedSession) -> str:
    """The commit that a session began from, short; empty outside git."""
    return short_sha(session.base) if session.base else ""


def _relation(file: ComparedFile, own: FileInSession, index: int, session_ids: Sequence[SessionId]) -> Cell:
    """How the content stands to that of the other sessions."""
    if len(session_ids) > 1 and sum(one in file.within for one in session_ids) == 1:
        return [Segment("  only here", Tone.MUTED)]
    for earlier in range(index):
        other = file.within.get(session_ids[earlier])
        if other is not None and other.version == own.version:
            return [Segment(f"  same as {letter(earlier)}", Tone.MUTED)]
    return []


def _figures(own: FileInSession, glyphs: Glyphs) -> Cell:
    if own.insertions is None and own.deletions is None:
        return [Segment("binary", Tone.PLAIN)]
    added, removed = own.insertions or 0, own.deletions or 0
    less = Segment(f" {glyphs.minus}{removed}", Tone.ERROR if removed else Tone.MUTED)
    return [Segment(f"+{added}", Tone.SUCCESS), less]


def _status(one: ComparedSession, glyphs: Glyphs) -> Cell:
    mark = glyphs.session(one.status)
    more = [counted(one.task_count, "task")] if one.task_count else []
    more += [duration(one.seconds)] if one.seconds else []
    return [Segment(f"{mark.glyph} {mark.word}", mark.tone), Segment("".join(f" · {it}" for it in more), Tone.MUTED)]


def _check(one: ComparedSession, glyphs: Glyphs) -> Cell:
    check = one.check
    if check is None:
        return [Segment(NOTHING, Tone.MUTED)]
    time = f" {duration(check.duration)}" if check.duration is not None else ""
    glyph, tone = {
        CheckStatus.PASSED: (glyphs.done, Tone.SUCCESS),
        CheckStatus.FAILED: (glyphs.failed, Tone.ERROR),
        CheckStatus.ERROR: (glyphs.failed, Tone.ERROR),
        CheckStatus.RUNNING: (glyphs.running, Tone.ACCENT),
    }.get(check.status, (glyphs.cancelled, Tone.MUTED))
    return [Segment(f"{glyph} {check.status}", tone), Segment(f"{time}  {clean.line(check.command)}", Tone.MUTED)]


def _changes(one: ComparedSession, glyphs: Glyphs) -> Cell:
    if one.problem:
        return [Segment(clean.line(one.problem), Tone.WARNING)]
    if not one.diffstat.files:
        return [Segment(changes(None) or "none", Tone.MUTED)]
    added, removed = lines_changed(one.diffstat, glyphs)
    return [
        Segment(f"{counted(one.diffstat.files, 'file')} "),
        Segment(added, Tone.SUCCESS),
        Segment(f" {removed}" if removed else "", Tone.ERROR),
    ]


def _uncommitted(one: ComparedSession) -> Cell:
    if one.problem:
        return [Segment(NOTHING, Tone.MUTED)]
    count = one.uncommitted_count
    return [Segment(counted(count, "file"))] if count else [Segment("none", Tone.MUTED)]


def _conflicts(one: ComparedSession, letters: dict[SessionId, str]) -> Cell:
    """With the target by path, with others by their letters."""
    if one.problem:
        return [Segment(NOTHING, Tone.MUTED)]
    said: Cell = []
    if one.conflicts:
        more = f" +{len(one.conflicts) - 1}" if len(one.conflicts) > 1 else ""
        target = f" with {clean.line(one.target)}" if one.target else ""
        said = [Segment(f"{clean.line(one.conflicts[0])}{more}{target}", Tone.WARNING)]
    others = [letters[other] for other, paths in one.conflicts_with.items() if paths and other in letters]
    if others:
        said += [Segment(f"{', ' if said else ''}with {' '.join(sorted(others))}", Tone.MUTED)]
    return said or [Segment("none", Tone.MUTED)]


def _usage(one: ComparedSession) -> Cell:
    total = one.usage.input_tokens + one.usage.output_tokens
    return [Segment(f"{tokens(total) if total else NOTHING} · {money(one.usage.cost_usd) or NOTHING}", Tone.PLAIN)]


def _text(text: str) -> Cell:
    return [Segment(text, Tone.PLAIN)] if text else [Segment(NOTHING, Tone.MUTED)]


def _says(cell: Cell) -> bool:
    return any(segment.text not in ("", NOTHING) for segment in cell)
