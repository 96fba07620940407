"""Sessions beside each other: a column each with its figures, and below a row for each file."""

from collections.abc import Collection, Sequence
from typing import Any

from textual.app import ComposeResult

from agor_core.domain.comparison import ComparedFile, ComparedSession, Comparison
from agor_core.domain.session import Session
from agor_core.ids import BoardId, SessionId
from agor_tui.app import comparison_loading
from agor_tui.app.controllers import comparing, grafting
from agor_tui.app.controllers.archiving_one import ArchivingOne
from agor_tui.app.controllers.checks import CHECK, Checks
from agor_tui.app.controllers.controller import Reason
from agor_tui.app.controllers.everywhere import HELP, Everywhere
from agor_tui.app.controllers.landing_commands import LAND, LandingCommands
from agor_tui.app.controllers.movement import TOP, Movement
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.host import Host
from agor_tui.app.screens.base import AgorScreen
from agor_tui.app.screens.compared_file import ComparedFileScreen, Sides
from agor_tui.app.widgets.compare_table import Columns, CompareFiles, CompareHead, columns
from agor_tui.app.widgets.lines import Line, joined
from agor_tui.app.widgets.note import Note
from agor_tui.app.widgets.too_small import TooSmall
from agor_tui.state import clean
from agor_tui.state.changes import Changes
from agor_tui.state.comparison_rows import letter, short_base, titles_differ

ARCHIVED = Reason("The session is archived; u brings it back.")
ROOMY = 34
"""Lines of a window from which the last words have more lines."""


class ComparedSubject:
    """The subject of the commands on one session: that of the selected column."""

    task = None
    board_id: BoardId | None = None
    archived_elsewhere: Session | None = None

    def __init__(self, screen: "CompareScreen") -> None:
        self._screen = screen

    @property
    def no_session(self) -> Reason:
        """It is archived, or not read yet."""
        return comparing.NOT_READ if self._screen.compared is None else ARCHIVED

    @property
    def session(self) -> Session | None:
        """The session, unless it is archived."""
        return self._screen.session

    @property
    def session_id(self) -> SessionId | None:
        """Its id."""
        return self._screen.compared.session_id if self._screen.compared is not None else None

    @property
    def sessions(self) -> Sequence[Session]:
        """It alone."""
        return [self.session] if self.session is not None else []

    def follow(self, session_id: SessionId) -> None:
        """The comparison stays as it is."""

    def unmark(self) -> None:
        """The marks are of files; an action on a session leaves them."""

    def sessions_archived(self, session_ids: Collection[SessionId]) -> None:
        """An archived session stays in its column."""


class CompareScreen(AgorScreen):
    """Reads the comparison, and again when one of its sessions has moved on."""

    ORDER = (
        comparing.OPEN,
        comparing.AGAINST,
        grafting.GRAFT,
        comparing.RIGHT,
        comparing.MARK,
        CHECK,
        LAND,
        *ArchivingOne.COMMANDS,
        HELP,
        comparing.SESSION,
        grafting.UNDO,
        comparing.REFRESH,
        comparing.BACK,
    )
    CSS_PATH = "compare.tcss"

    def __init__(self, host: Host, link: DaemonLink, session_ids: Sequence[SessionId]) -> None:
        super().__init__(host, link)
        self._ids = tuple(session_ids)
        self._found: Comparison | None = None
        self._states: object = None
        self._reading = False
        self._column = self._first = 0
        self._marked: set[str] = set()
        self._done: list[SessionId] = []
        self.head = CompareHead(id="head")
        self.files = CompareFiles(id="files")
        self._note = Note([("reading…", "faint")], id="note")
        subject = ComparedSubject(self)
        archiving = ArchivingOne(host, link, subject)
        self.attach(
            comparing.Comparing(host, self),
            grafting.Grafting(host, link, self, self._done, archiving),
            Checks(host, link, subject),
            LandingCommands(host, link, subject),
            archiving,
            Movement(lambda: self.files, without=(TOP,)),
            Everywhere(host),
        )

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.head
        yield self._note
        yield self.files
        yield self.footer
        yield TooSmall()

    def on_mount(self) -> None:
        self.read()

    # Reading

    def read(self) -> None:
        """Read the comparison again; if that fails, what is shown stays."""
        if self._reading:
            return
        self._reading, self._states = True, self._now()

        def put(found: Comparison) -> None:
            self._reading = False
            if self.is_attached:
                self._found = found
                self._show()

        def failed(sentence: str) -> None:
            self._reading = False
            if self.is_attached:
                self._note.set_text([(f" {clean.line(sentence)}", "warning")])

        self.link.call(lambda daemon: comparison_loading.comparison(daemon, self._ids), put, failed)

    def _now(self) -> object:
        """What tells whether a session has moved on since it was read."""
        known = [self.link.records.session(session_id) for session_id in self._ids]
        return [None if one is None else (one.status, one.git_state, one.check, one.task_count) for one in known]

    def records_changed(self, changes: Changes) -> None:
        if (changes.resync or changes.sessions & set(self._ids)) and self._now() != self._states:
            self.read()
        self.refresh_header()
        self.refresh_keys()

    # What is shown

    def _show(self) -> None:
        found = self._found
        if found is None or not self.size.width:
            return
        shown = self._columns()
        self.head.show(found, shown, 3 if self.size.height >= ROOMY else 2)
        self.files.show(found.files, tuple(one.session_id for one in found.sessions), shown)
        self._note.set_text(self._files_line(found))
        self.refresh_header()
        self.refresh_keys()

    def _columns(self) -> Columns:
        count = len(self._found.sessions) if self._found is not None else 1
        shown = columns(self.size.width - 1, count, self._column, self._first)
        self._first = shown.first
        return shown

    def _files_line(self, found: Comparison) -> Line:
        rule = self.header.glyphs.horizontal
        more = found.file_count - len(found.files)
        said = f"{len(found.files)} files changed" if not more else f"{len(found.files)} of {found.file_count} files"
        marks = f" · {len(self._marked)} marked" if self._marked else ""
        text = f" {said}{marks} " if found.files else " no file is changed "
        return [(rule * 2, "rule"), (text, "faint"), (rule * max(0, self.size.width - len(text) - 2), "rule")]

    def refresh_header(self) -> None:
        found = self._found
        name: Line = [(f"{len(self._ids)} sessions", "strong")]
        if found is not None and found.sessions and not titles_differ(found):
            name = [(clean.line(found.sessions[0].title or f"{len(self._ids)} sessions"), "strong")]
        self.header.location = [("compare / ", "faint"), *name, (self._from(found), "faint")]
        self.header.status = joined([self._target(found), self.standing(wide=False)], "   ")
        self.header.redraw()

    def _from(self, found: Comparison | None) -> str:
        bases = {short_base(one) for one in found.sessions if one.base} if found is not None else set()
        target = found.sessions[0].target if found is not None and found.sessions else None
        return f"  from {clean.line(target)}@{bases.pop()}" if len(bases) == 1 and target else ""

    def _target(self, found: Comparison | None) -> Line:
        targets = {one.target for one in found.sessions if one.target} if found is not None else set()
        return [(f"target {clean.line(targets.pop())}", "faint")] if len(targets) == 1 else []

    def on_resize(self) -> None:
        super().on_resize()
        self._show()

    # The selection

    @property
    def compared(self) -> ComparedSession | None:
        """The session of the selected column."""
        found = self._found.sessions if self._found is not None else ()
        return found[self._column] if self._column < len(found) else None

    @property
    def others(self) -> tuple[ComparedSession, ...]:
        """The sessions of the other columns, from the next one on."""
        found = self._found.sessions if self._found is not None else ()
        return (*found[self._column + 1 :], *found[: self._column])

    @property
    def letters(self) -> dict[SessionId, str]:
        """The letter of each column."""
        found = self._found.sessions if self._found is not None else ()
        return {one.session_id: letter(index) for index, one in enumerate(found)}

    @property
    def file(self) -> ComparedFile | None:
        """The file under the cursor."""
        return self.files.selected

    @property
    def to_graft(self) -> dict[str, Any]:
        """The marked files that the session changed; without marks the one under the cursor."""
        session = self.compared
        if session is None or self._found is None:
            return {}
        marked = [one for one in self._found.files if one.path in self._marked]
        chosen = marked or ([self.file] if self.file is not None else [])
        paths = [one.path for one in chosen if session.session_id in one.within]
        what = clean.line(paths[0]) if len(paths) == 1 else f"{len(paths)} files"
        return {"paths": paths, "checkpoint": session.commit, "what": what} if paths else {}

    @property
    def session(self) -> Session | None:
        one = self.compared
        return self.link.records.session(one.session_id) if one is not None else None

    def move_column(self, step: int) -> None:
        """Select a column beside."""
        self._column = min(max(0, self._column + step), max(0, len(self._ids) - 1))
        self._show()

    def toggle_mark(self) -> None:
        """Mark the file under the cursor, or clear its mark, and move on."""
        if self.file is not None:
            self._marked ^= {self.file.path}
            self.files.set_marked(self._marked)
            self.files.move(1)
            self._show()

    def to_first(self) -> None:
        """Put the cursor on the first file."""
        self.files.edge(-1)

    def grafted(self) -> None:
        """Clear the marks and read again."""
        self._marked = set()
        self.files.set_marked(self._marked)
        self.read()

    def open_file(self, *, against: bool) -> None:
        """Show the file side by side, with how the session began or ``against`` the next session."""
        found, file = self._found, self.file
        if found is None or file is None:
            return
        sides = Sides(found, self._column, (self._column + 1) % len(found.sessions) if against else None)
        self.host.push_screen(ComparedFileScreen(self.host, self.link, sides, file.path, self._done))

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        if self._found is not None and self._now() != self._states:
            self.read()

    def on_rows_moved(self) -> None:
        self.refresh_keys()

    def on_rows_picked(self) -> None:
        self.action_command(comparing.OPEN.id)

    def on_compare_head_column_pressed(self, message: CompareHead.ColumnPressed) -> None:
        self._column = message.index
        self._show()
