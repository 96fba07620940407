"""One file of a comparison side by side: as a session has it, beside how it began or how another session has it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from textual.app import ComposeResult

from agor_core.domain.comparison import ComparedFile, ComparedSession, Comparison
from agor_core.ids import SessionId
from agor_tui.app import comparison_loading
from agor_tui.app.controllers import comparing_file, grafting
from agor_tui.app.controllers.everywhere import HELP, Everywhere
from agor_tui.app.controllers.movement import TOP, Movement
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.host import Host
from agor_tui.app.screens.base import AgorScreen
from agor_tui.app.widgets.lines import Line, joined, padded
from agor_tui.app.widgets.note import Note
from agor_tui.app.widgets.patch_colors import warm
from agor_tui.app.widgets.side_by_side import SideBySide
from agor_tui.app.widgets.too_small import TooSmall
from agor_tui.state import clean
from agor_tui.state.comparison_rows import letter, short_base
from agor_tui.state.patch import Patch
from agor_tui.state.side_by_side import new_lines

SAME = "The file is the same on both sides."


@dataclass(frozen=True, slots=True)
class Sides:
    """The column at the right, and the column at the left; None for how the session at the right began."""

    found: Comparison
    column: int
    other: int | None = None

    @property
    def right(self) -> ComparedSession:
        """The session at the right."""
        return self.found.sessions[self.column]

    @property
    def left(self) -> ComparedSession | None:
        """The session at the left."""
        return None if self.other is None else self.found.sessions[self.other]

    def next(self) -> "Sides":
        """The same with what comes next at the left: the other columns in turn, then how it began."""
        order = [None, *(n for n in range(len(self.found.sessions)) if n != self.column)]
        return replace(self, other=order[(order.index(self.other) + 1) % len(order)])


class ComparedFileScreen(AgorScreen):
    """A file, and the files of the comparison before and after it."""

    ORDER = (*comparing_file.ComparingFile.COMMANDS[:4], *grafting.Grafting.COMMANDS, HELP)
    CSS_PATH = "compared_file.tcss"

    def __init__(self, host: Host, link: DaemonLink, sides: Sides, path: str, done: list[SessionId]) -> None:
        super().__init__(host, link)
        self.sides = sides
        self._path = path
        self._marked: set[int] = set()
        self._where = Note(id="where")
        self.view = SideBySide(id="sides")
        self.attach(
            comparing_file.ComparingFile(host, self),
            grafting.Grafting(host, link, self, done),
            Movement(lambda: self.view, without=(TOP,)),
            Everywhere(host),
        )

    def compose(self) -> ComposeResult:
        yield self.header
        yield self._where
        yield self.view
        yield self.footer
        yield TooSmall()

    def on_mount(self) -> None:
        self.read()

    # Reading

    def read(self) -> None:
        """Read what differs, and show it."""
        sides, path = self.sides, self._path
        file = self.file
        old = [one.old_path for one in file.within.values() if one.old_path] if file is not None else []
        names = sorted({path, *old})
        start = f"{sides.left.session_id}@{sides.left.point}" if sides.left is not None else "base"

        def put(patch: Patch) -> None:
            if not self.is_attached or (sides, path) != (self.sides, self._path):
                return
            if len(patch.lines) > 1:
                self.view.set_patch(patch)
            else:
                self.view.set_text([(SAME, "muted")])
            self.set_marks(set())

        def failed(sentence: str) -> None:
            if self.is_attached:
                self.view.set_text([(clean.line(sentence), "warning")])

        self.link.call(
            lambda daemon: warm(
                comparison_loading.file_patch(daemon, sides.right.session_id, start, sides.right.point, names)
            ),
            put,
            failed,
        )
        self.refresh_header()
        self._show_sides()

    # What is shown

    def refresh_header(self) -> None:
        index = next((n for n, one in enumerate(self.sides.found.files) if one.path == self._path), 0)
        count = f"  file {index + 1} of {len(self.sides.found.files)}"
        self.header.location = [("compare / ", "faint"), (clean.line(self._path), "strong"), (count, "faint")]
        hunks = self.view.hunk_count
        place: Line = [(f"change {self.view.hunk + 1} of {hunks}", "faint")] if hunks else []
        marks: Line = [(f"{len(self._marked)} marked", "accent-strong")] if self._marked else []
        self.header.status = joined([marks, place, self.standing(wide=False)], "   ")
        self.header.redraw()

    def _show_sides(self) -> None:
        """What stands at the left and at the right, above them."""
        half = max(10, self.size.width // 2)
        sides = self.sides
        left = (
            _named(sides.left, sides.other or 0)
            if sides.left is not None
            else [("   as it began  ", "muted"), (short_base(sides.right), "faint")]
        )
        self._where.set_text([*padded(left, half), *_named(sides.right, sides.column)])

    def on_resize(self) -> None:
        super().on_resize()
        self._show_sides()

    def on_side_by_side_scrolled(self) -> None:
        self.refresh_header()

    # The selection

    @property
    def compared(self) -> ComparedSession | None:
        """The session at the right."""
        return self.sides.right

    @property
    def others(self) -> tuple[ComparedSession, ...]:
        """The others; the one at the left first."""
        found = [one for one in self.sides.found.sessions if one is not self.sides.right]
        return tuple(sorted(found, key=lambda one: one is not self.sides.left))

    @property
    def letters(self) -> dict[SessionId, str]:
        """The letter of each column."""
        return {one.session_id: letter(index) for index, one in enumerate(self.sides.found.sessions)}

    @property
    def file(self) -> ComparedFile | None:
        """The file, as it was compared."""
        return next((one for one in self.sides.found.files if one.path == self._path), None)

    @property
    def to_graft(self) -> dict[str, Any]:
        """The marked changes, else the one under the cursor."""
        patch = self.view.patch
        ranges = new_lines(patch) if patch is not None else []
        chosen = sorted(self._marked) or ([self.view.hunk] if ranges else [])
        lines = [ranges[number] for number in chosen if number < len(ranges)]
        if not lines:
            return {}
        what = f"a change in {clean.line(self._path)}" if len(lines) == 1 else f"{len(lines)} changes in a file"
        return {"lines": [{"path": self._path, "lines": lines}], "what": what, "checkpoint": self.sides.right.commit}

    @property
    def has_changes(self) -> bool:
        """Whether there is a change to go to."""
        return self.view.patch is not None

    def grafted(self) -> None:
        """Clear the marks; this session's file is the same as before."""
        self.set_marks(set())

    def set_marks(self, marked: set[int]) -> None:
        """Mark these changes."""
        self._marked = marked
        self.view.set_marked(marked)
        self.refresh_header()
        self.refresh_keys()

    def toggle_mark(self) -> None:
        """Mark the change under the cursor, or clear its mark, and move on."""
        self.set_marks(self._marked ^ {self.view.hunk})
        self.view.move_to_hunk(1)

    def move_to_hunk(self, step: int) -> None:
        """Go to the next change, or to the one before."""
        self.view.move_to_hunk(step)

    def move_to_file(self, step: int) -> None:
        """Show the next file of the comparison, or the one before."""
        paths = [one.path for one in self.sides.found.files]
        place = paths.index(self._path) if self._path in paths else 0
        place = min(max(0, place + step), len(paths) - 1)
        if paths and paths[place] != self._path:
            self._path = paths[place]
            self.read()

    def turn(self) -> None:
        """Show what comes next at the left."""
        self.sides = self.sides.next()
        self.read()

    def edit(self) -> None:
        """Open the file in the user's editor, where the session has it."""
        session = self.link.records.session(self.sides.right.session_id)
        patch = self.view.patch
        lines = new_lines(patch) if patch is not None else []
        line = lines[self.view.hunk][0] if self.view.hunk < len(lines) else 1
        if session is not None:
            self.host.edit(Path(session.repo.cwd), self._path, line)


def _named(one: ComparedSession, column: int) -> Line:
    """A session as the head of a side."""
    return [(f"   {letter(column)} ", "accent"), (clean.line(one.agent), "strong"), (f"  {one.short_id}", "faint")]
