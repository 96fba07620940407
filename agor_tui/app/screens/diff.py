"""What a task changed in the files: each file with its counts, then the lines."""

from typing import Any, ClassVar

from textual.app import ComposeResult

from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_tui.app import loading
from agor_tui.app.commands import diff as commands
from agor_tui.app.commands.command import bindings
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.screens.base import AgorScreen
from agor_tui.app.widgets.diff_view import DiffView
from agor_tui.app.widgets.lines import Line, joined, justified
from agor_tui.app.widgets.note import Note
from agor_tui.app.widgets.too_small import TooSmall
from agor_tui.state import clean
from agor_tui.state.changes import Changes
from agor_tui.state.patch import Patch
from agor_tui.state.titles import session_title, task_title

NOTHING = "Nothing changed in the files."
NO_GIT = "Outside git no checkpoints are kept, so there is nothing to compare."
NOT_YET = "No checkpoint has been taken yet."


class DiffScreen(AgorScreen):
    """The changes of one task; of one at work, those so far."""

    TABLE = commands.COMMANDS
    BINDINGS: ClassVar[list[Any]] = bindings(commands.COMMANDS)
    CSS_PATH = "diff.tcss"

    def __init__(self, link: DaemonLink, session: Session, task: Task) -> None:
        super().__init__(link)
        self._session = session
        self.changer = task
        self._read: Task | None = None
        self._where = Note(id="where")
        self.view = DiffView(id="diff")

    def compose(self) -> ComposeResult:
        yield self.header
        yield self._where
        yield self.view
        yield self.footer
        yield TooSmall()

    def on_mount(self) -> None:
        self.action_refresh_diff()

    # What is shown

    def refresh_header(self) -> None:
        task = self.changer
        self.header.location = [
            (f"{session_title(self._session)} / ", "faint"),
            (f"task {task.position} ", "muted"),
            (task_title(task), "strong"),
        ]
        self.header.status = joined([self._freshness(), self.standing(wide=False)], "   ")
        self.header.redraw()

    def _freshness(self) -> Line:
        task, read = self.changer, self._read
        if read is not None and (task.ended, task.git_state.diffstat) != (read.ended, read.git_state.diffstat):
            return [("changed since; r reads it again", "warning")]
        return [] if task.ended else [("so far", "accent")]

    def records_changed(self, changes: Changes) -> None:  # noqa: ARG002 - the task says enough
        conversation = self.link.records.conversations.get(self.changer.session_id)
        if conversation is not None:
            self.changer = conversation.tasks.get(self.changer.task_id, self.changer)
        self.refresh_header()

    def on_diff_view_scrolled(self) -> None:
        patch, here = self.view.patch, self.view.here
        if patch is None or here is None:
            self._where.set_text([(" ", "text"), *self.view.total()])
            return
        count: Line = [(f"file {here + 1} of {len(patch.files)} ", "faint")]
        line: Line = [(" ", "text"), *self.view.about(patch.files[here])]
        self._where.set_text(justified(line, count, self._where.size.width))

    # Commands

    def action_refresh_diff(self) -> None:
        task = self.changer

        def put(patch: Patch) -> None:
            if not self.is_attached:
                return
            self._read = task
            if patch.lines:
                self.view.set_patch(patch)
            else:
                self.view.set_text([(_nothing(task), "muted")])
            self.refresh_header()

        def failed(sentence: str) -> None:
            if not self.is_attached:
                return
            if self.view.patch is not None:
                self.host.complain(sentence)
            else:
                self.view.set_text([(clean.line(sentence), "warning")])

        self.link.call(lambda daemon: loading.patch_of(daemon, task), put, failed)

    def action_move(self, step: int) -> None:
        self.view.move(step)

    def action_page(self, direction: int) -> None:
        self.view.page(direction)

    def action_edge(self, direction: int) -> None:
        self.view.edge(direction)

    def action_file(self, step: int) -> None:
        self.view.file(step)

    def action_copy(self) -> None:
        patch, here = self.view.patch, self.view.here
        if patch is None:
            return
        file = patch.files[here] if here is not None else None
        self.app.copy_to_clipboard(patch.text[file.start : file.end] if file is not None else patch.text)
        self.host.say(f"Copied the diff of {file.path if file is not None else 'all files'}.")

    def action_back(self) -> None:
        self.app.pop_screen()


def _nothing(task: Task) -> str:
    """Why there are no lines."""
    if task.git_state.checkpoint_start is not None:
        return NOTHING
    return NO_GIT if task.git_state.sha_at_start is None else NOT_YET
