"""A diff, of a task or between two points: each changed file with its counts, then the lines."""

from dataclasses import replace
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Horizontal

from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_tui.app import diff_loading
from agor_tui.app.controllers import diff_navigation, reviewing
from agor_tui.app.controllers.controller import Reason
from agor_tui.app.controllers.diff_points import ChoosingPoints
from agor_tui.app.controllers.everywhere import HELP, Everywhere
from agor_tui.app.controllers.landing_commands import LAND, LandingCommands
from agor_tui.app.controllers.movement import Movement
from agor_tui.app.controllers.reading_beside import OpeningBeside
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.host import Host
from agor_tui.app.screens.base import AgorScreen
from agor_tui.app.screens.file_beside import FileBesideScreen
from agor_tui.app.widgets.diff_view import DiffView
from agor_tui.app.widgets.filter_line import FilterLine
from agor_tui.app.widgets.lines import Line, joined, justified
from agor_tui.app.widgets.note import Note
from agor_tui.app.widgets.patch_colors import warm
from agor_tui.app.widgets.patch_files import PatchFiles
from agor_tui.app.widgets.too_small import TooSmall
from agor_tui.state import clean
from agor_tui.state.changes import Changes
from agor_tui.state.diffed import Diffed
from agor_tui.state.patch import Patch
from agor_tui.state.reviewing import standing

FIRST = (reviewing.READ, diff_navigation.NEXT_HUNK, reviewing.COMMENT, reviewing.RANGE, reviewing.SEND)
"""The commands that the footer has first."""
FILES_BESIDE = 120
"""Columns from which the files stand beside the diff."""
NOTHING = "Nothing changed in the files."
NO_GIT = "Outside git no checkpoints are kept, so there is nothing to compare."
NOT_YET = "No checkpoint has been taken yet."


class DiffScreen(AgorScreen):
    """The changes of one task or session; while it runs, those so far."""

    ORDER = (*FIRST, LAND, *(one for one in diff_navigation.DiffNavigation.COMMANDS if one not in FIRST), HELP)
    CSS_PATH = "diff.tcss"
    no_session = Reason("No session is shown.")

    def __init__(self, host: Host, link: DaemonLink, diffed: Diffed) -> None:
        super().__init__(host, link)
        self.diffed = diffed
        self._read: object = None
        """The state of what is compared when the diff was read."""
        self._where = Note(id="where")
        self.view = DiffView(id="diff")
        self.files = PatchFiles(id="files")
        self.review = reviewing.Reviewing(host, link, self.view, self._subject, self._review_changed)
        self.find_line = FilterLine(id="find", placeholder="find; enter keeps it, esc clears it")
        self.attach(
            diff_navigation.DiffNavigation(
                host, self.view, self.read_diff, self._find, self._edit, self.review.drop_range
            ),
            self.review,
            ChoosingPoints(host, link, lambda: self.diffed, self.show_diff),
            OpeningBeside(host, lambda: bool(self.view.patch and self.view.patch.files), self._show_beside),
            LandingCommands(host, link, self),
            Movement(lambda: self.view),
            Everywhere(host),
        )

    @property
    def session(self) -> Session:
        """The session whose changes these are."""
        return self.link.records.session(self.diffed.session.session_id) or self.diffed.session

    def compose(self) -> ComposeResult:
        yield self.header
        yield self._where
        yield self.find_line
        with Horizontal(id="body"):
            yield self.files
            yield self.view
        yield self.footer
        yield TooSmall()

    def on_mount(self) -> None:
        self.read_diff()
        self.review.load()

    def on_unmount(self) -> None:
        self.review.close()

    def _subject(self) -> reviewing.Reviewed:
        diffed = self.diffed
        return reviewing.Reviewed(diffed.session, diffed.task, own="@" not in f"{diffed.start}{diffed.end}")

    def _review_changed(self) -> None:
        if self.is_attached:
            self.on_diff_view_scrolled()
            self.refresh_keys()

    def refresh_header(self) -> None:
        before, strong = self.diffed.title
        self.header.location = [(f"{self.diffed.name} / ", "faint"), (before, "muted"), (strong, "strong")]
        self.header.status = joined([self._freshness(), self.standing(wide=False)], "   ")
        self.header.redraw()

    def _freshness(self) -> Line:
        if self._read is not None and self._read != self.diffed.state:
            return [("changed since; r reads it again", "warning")]
        return [("so far", "accent")] if self.diffed.moves else []

    def records_changed(self, changes: Changes) -> None:
        session, task = self.diffed.session, self.diffed.task
        conversation = None if task is None else self.link.records.conversations.get(task.session_id)
        if task is not None and conversation is not None:
            task = conversation.tasks.get(task.task_id, task)
        session = self.link.records.session(session.session_id) or session
        self.diffed = replace(self.diffed, session=session, task=task)
        self.review.changed(changes)
        self.refresh_header()

    def on_diff_view_scrolled(self) -> None:
        patch, here = self.view.patch, self.view.current_file
        self.files.show(patch, here, self.view.drawing)
        ignored = "white space ignored   " if self.view.ignores_whitespace else ""
        state: Line = [(standing(self.view.unread, len(self.review.open_comments)), "accent"), (" ", "text")]
        if patch is None or here is None:
            line: Line = [(" ", "text"), *self.view.total_line(), (f"   {ignored}", "faint")]
            self._where.set_text(justified(line, state, self._where.size.width))
            return
        count: Line = [(f"{ignored}{self._hunk_words()}file {here + 1} of {patch.file_count}   ", "faint"), *state]
        line = [(" ", "text"), *self.view.file_line(patch.files[here])]
        self._where.set_text(justified(line, count, self._where.size.width))

    def _hunk_words(self) -> str:
        """``hunk 2 of 4 · unread``; empty without hunks."""
        marks, at = self.view.marks, self.view.marks.number_at(self.view.cursor)
        if at is None:
            return ""
        marked = marks.hunks[at]
        first = marks.first_of_file(marked.hunk.file)
        unread = " · unread" if self.view.unread and marked.unread(self.view.drawing.read) else ""
        return f"hunk {at - first + 1} of {marks.count_of_file(marked.hunk.file)}{unread}   "

    def on_resize(self) -> None:
        super().on_resize()
        beside = self.host.size.width >= FILES_BESIDE
        self.set_class(beside, "-beside")
        if self.view.lists_files is beside:
            self.view.lists_files = not beside
            self.view.relayout()

    def _edit(self) -> None:
        """Open the file at the top of the window in the user's editor, where the session has it."""
        patch, here = self.view.patch, self.view.current_file
        if patch is None or not patch.files:
            return
        file = patch.files[here or 0]
        self.host.edit(Path(self.diffed.session.repo.cwd), file.path, self.view.current_line if here is not None else 1)

    def _show_beside(self) -> None:
        """Show the file that the cursor is in side by side; the cursor comes back to the file that was shown last."""
        if (patch := self.view.patch) is None or not patch.files:
            return

        def come_back(index: int) -> None:
            if self.view.patch is patch and index != (self.view.current_file or 0):
                self.view.go_to(patch.files[index].first, top=True)

        here = self.view.current_file or 0
        self.host.push_screen(FileBesideScreen(self.host, self.link, patch, here, come_back))

    def _find(self) -> None:
        self.find_line.set_class(True, "-open")
        self.find_line.focus()

    def on_filter_line_filtered(self, message: FilterLine.Filtered) -> None:
        self.view.seek(message.text)
        if message.done:
            self.find_line.set_class(bool(message.text), "-open")
            self.set_focus(None)
            self.refresh_keys()

    def show_diff(self, diffed: Diffed) -> None:
        """Show another difference of the session."""
        self.diffed, self._read = diffed, None
        self.read_diff()

    def read_diff(self) -> None:
        """Read the diff and show it; if that fails, what is shown stays."""
        diffed = self.diffed

        def put(patch: Patch) -> None:
            if not self.is_attached:
                return
            self._read = diffed.state
            if patch.lines:
                self.view.set_patch(patch)
            else:
                self.view.set_text([(_nothing(diffed.task), "muted")])
            self.refresh_header()
            self.refresh_keys()

        def failed(sentence: str) -> None:
            if not self.is_attached:
                return
            if self.view.patch is not None:
                self.host.complain(sentence)
            else:
                self.view.set_text([(clean.line(sentence), "warning")])

        self.link.call(lambda daemon: warm(diff_loading.read(daemon, diffed)), put, failed)


def _nothing(task: Task | None) -> str:
    """Why the diff has no lines."""
    if task is None or task.git_state.checkpoint_start is not None:
        return NOTHING
    return NO_GIT if task.git_state.sha_at_start is None else NOT_YET
