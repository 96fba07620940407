"""The diff of a task: each changed file with its counts, then the lines."""

from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Horizontal

from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_tui.app import loading
from agor_tui.app.controllers import diff_navigation
from agor_tui.app.controllers.everywhere import HELP, Everywhere
from agor_tui.app.controllers.movement import Movement
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.host import Host
from agor_tui.app.screens.base import AgorScreen
from agor_tui.app.widgets.diff_view import DiffView
from agor_tui.app.widgets.filter_line import FilterLine
from agor_tui.app.widgets.lines import Line, joined, justified
from agor_tui.app.widgets.note import Note
from agor_tui.app.widgets.patch_colors import warm
from agor_tui.app.widgets.patch_files import PatchFiles
from agor_tui.app.widgets.too_small import TooSmall
from agor_tui.state import clean
from agor_tui.state.changes import Changes
from agor_tui.state.patch import Patch
from agor_tui.state.titles import session_title, task_title

FILES_BESIDE = 120
"""Columns from which the files stand beside the diff."""
NOTHING = "Nothing changed in the files."
NO_GIT = "Outside git no checkpoints are kept, so there is nothing to compare."
NOT_YET = "No checkpoint has been taken yet."


class DiffScreen(AgorScreen):
    """The changes of one task; while the task runs, its changes so far."""

    ORDER = (*diff_navigation.DiffNavigation.COMMANDS, HELP)
    CSS_PATH = "diff.tcss"

    def __init__(self, host: Host, link: DaemonLink, session: Session, task: Task) -> None:
        super().__init__(host, link)
        self._session = session
        self._diffed = task
        self._read: Task | None = None
        """The task as it was when the diff was read."""
        self._where = Note(id="where")
        self.view = DiffView(id="diff")
        self.files = PatchFiles(id="files")
        self.find_line = FilterLine(id="find", placeholder="find; enter keeps it, esc clears it")
        self.attach(
            diff_navigation.DiffNavigation(host, self.view, self.read_diff, self._find, self._edit),
            Movement(lambda: self.view),
            Everywhere(host),
        )

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

    def refresh_header(self) -> None:
        task = self._diffed
        self.header.location = [
            (f"{session_title(self._session)} / ", "faint"),
            (f"task {task.position} ", "muted"),
            (task_title(task), "strong"),
        ]
        self.header.status = joined([self._freshness(), self.standing(wide=False)], "   ")
        self.header.redraw()

    def _freshness(self) -> Line:
        task, read = self._diffed, self._read
        if read is not None and (task.ended, task.git_state.diffstat) != (read.ended, read.git_state.diffstat):
            return [("changed since; r reads it again", "warning")]
        return [] if task.ended else [("so far", "accent")]

    def records_changed(self, changes: Changes) -> None:  # noqa: ARG002 - the task is compared
        conversation = self.link.records.conversations.get(self._diffed.session_id)
        if conversation is not None:
            self._diffed = conversation.tasks.get(self._diffed.task_id, self._diffed)
        self.refresh_header()

    def on_diff_view_scrolled(self) -> None:
        patch, here = self.view.patch, self.view.current_file
        self.files.show(patch, here)
        ignored = "white space ignored   " if self.view.ignores_whitespace else ""
        if patch is None or here is None:
            self._where.set_text([(" ", "text"), *self.view.total_line(), (f"   {ignored}", "faint")])
            return
        count: Line = [(f"{ignored}file {here + 1} of {patch.file_count} ", "faint")]
        line: Line = [(" ", "text"), *self.view.file_line(patch.files[here])]
        self._where.set_text(justified(line, count, self._where.size.width))

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
        self.host.edit(Path(self._session.repo.cwd), file.path, self.view.current_line if here is not None else 1)

    def _find(self) -> None:
        self.find_line.set_class(True, "-open")
        self.find_line.focus()

    def on_filter_line_filtered(self, message: FilterLine.Filtered) -> None:
        self.view.seek(message.text)
        if message.done:
            self.find_line.set_class(bool(message.text), "-open")
            self.set_focus(None)
            self.refresh_keys()

    def read_diff(self) -> None:
        """Read the diff and show it; if that fails, what is shown stays."""
        task = self._diffed

        def put(patch: Patch) -> None:
            if not self.is_attached:
                return
            self._read = task
            if patch.lines:
                self.view.set_patch(patch)
            else:
                self.view.set_text([(_nothing(task), "muted")])
            self.refresh_header()
            self.refresh_keys()

        def failed(sentence: str) -> None:
            if not self.is_attached:
                return
            if self.view.patch is not None:
                self.host.complain(sentence)
            else:
                self.view.set_text([(clean.line(sentence), "warning")])

        self.link.call(lambda daemon: warm(loading.patch_of(daemon, task)), put, failed)


def _nothing(task: Task) -> str:
    """Why the diff has no lines."""
    if task.git_state.checkpoint_start is not None:
        return NOTHING
    return NO_GIT if task.git_state.sha_at_start is None else NOT_YET
