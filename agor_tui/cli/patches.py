"""A patch as lines of text for a person: one header a file, every character of a line visible."""

from collections.abc import Iterator

from agor_tui.state.figures import counted
from agor_tui.state.glyphs import Glyphs, Tone
from agor_tui.state.patch import FilePatch, Kind, Patch
from agor_tui.state.segments import Segment

LOOKS = {
    Kind.NOTE: ("  ", Tone.MUTED),
    Kind.HUNK: ("", Tone.ACCENT),
    Kind.SAME: ("  ", Tone.PLAIN),
    Kind.ADDED: ("+ ", Tone.SUCCESS),
    Kind.REMOVED: ("- ", Tone.ERROR),
}


def diff_lines(patch: Patch, glyphs: Glyphs) -> Iterator[list[Segment]]:
    """The lines, each with its sign; a file's begin with its name and figures."""
    files = iter(patch.files)
    for line in patch.lines:
        if line.kind is Kind.FILE:
            yield _header(next(files), glyphs)
        else:
            sign, tone = LOOKS[line.kind]
            yield [Segment(f"{sign}{line.visible}", tone)]


def total(patch: Patch, glyphs: Glyphs) -> list[Segment]:
    """The number of files and of lines of the whole patch."""
    return [Segment(counted(patch.file_count, "file"), Tone.STRONG), *_figures(patch, glyphs)]


def _header(file: FilePatch, glyphs: Glyphs) -> list[Segment]:
    return [Segment(file.title, Tone.STRONG), *_figures(file, glyphs)]


def _figures(counted_lines: Patch | FilePatch, glyphs: Glyphs) -> list[Segment]:
    more = f"  +{counted_lines.added}" if counted_lines.added else ""
    less = f"  {glyphs.minus}{counted_lines.removed}" if counted_lines.removed else ""
    return [Segment(more, Tone.SUCCESS), Segment(less, Tone.ERROR)]
