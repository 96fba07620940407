"""The app as its parts see it: screens, controllers, the daemon link, the keyboard, navigation and notices."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

from agor_core.clock import Clock
from agor_core.domain.session import Session
from agor_core.ids import BoardId, SessionId
from agor_tui.state.changes import Changes
from agor_tui.state.diffed import Diffed
from agor_tui.state.undo import UndoStack


class Host(Protocol):
    """Services of the app. `AgorApp` has them all; a test gives the few that its subject uses."""

    clock: Clock
    keymap: dict[str, str]
    """Keys by command id, where the settings differ from the command tables."""
    default_agent: str | None
    default_worktree: bool
    undo: UndoStack
    arrangements_file: Path | None
    """Where the arrangement of each board is kept."""

    # Screens

    @property
    def screen(self) -> Screen[Any]: ...
    @property
    def screen_stack(self) -> Sequence[Screen[Any]]: ...
    @property
    def size(self) -> Size:
        """The window's size in cells."""

    @property
    def too_small(self) -> bool:
        """Whether the window is too small to show a screen."""

    @property
    def focused(self) -> Widget | None: ...
    def push_screen(self, screen: Any, callback: Callable[[Any], None] | None = None) -> Any: ...
    def pop_screen(self) -> Any: ...

    # Navigation

    def visit(self, kind: str, identifier: str | None = None) -> None:
        """Note the place that a screen shows: a ``board``, a ``session`` or a ``tree``."""

    def open_session(self, session_id: SessionId) -> None:
        """Show a session."""

    def open_found(self, session_id: str, service: str, identifier: str) -> None:
        """Show a session at a record that a search found: a message, a task, or the session itself."""

    def show_genealogy(self, session_id: SessionId) -> None:
        """Show a session's genealogy."""

    def show_diff(self, diffed: Diffed) -> None:
        """Show what a task changed, or what differs between two points."""

    def show_worktrees(self) -> None:
        """Show all worktrees."""

    def show_comparison(self, session_ids: Sequence[SessionId]) -> None:
        """Show sessions beside each other."""

    def show_board(self, board_id: BoardId | None) -> None:
        """Show a board; None shows all sessions."""

    # Feedback

    def say(self, sentence: str) -> None:
        """Show a toast."""

    def complain(self, sentence: str) -> None:
        """Show a toast about a failure."""

    def notify(self, message: str, *, title: str, severity: Any, timeout: float, markup: bool) -> None: ...
    def clear_notifications(self) -> None: ...
    def bell(self) -> None: ...
    def write_to_terminal(self, sequence: str) -> None:
        """Write a control sequence to the terminal, if there is one."""

    def copy(self, text: str, what: str) -> None:
        """Copy a text to the clipboard, and say ``what`` it is."""

    # Commands of every screen, as Textual names their actions

    def edit(self, folder: Path, path: str, line: int) -> None:
        """Open a file of a folder in the user's editor, which has the terminal until it ends."""

    def lend_terminal(self, session: Session, program: Literal["shell", "editor"]) -> None:
        """Give the terminal to a shell or the user's editor in a session's folder, until it ends."""

    def action_keys(self) -> None: ...
    def action_palette(self, text: str = "") -> None: ...
    def action_next_asking(self) -> None: ...
    def action_go_back(self) -> None: ...
    def action_archived(self) -> None: ...
    def action_search(self) -> None: ...
    def action_settings(self) -> None: ...
    def action_turn_light(self) -> None: ...
    def action_suspend_process(self) -> None: ...
    def action_leave(self) -> None: ...

    # Input

    @property
    def just_focused(self) -> bool:
        """Whether a click may only have been meant to focus the terminal's window."""

    def drop_keys(self) -> None:
        """Discard keys that are held for a screen that does not open."""

    def post_message(self, message: Any) -> bool: ...

    # Work

    def run_worker(self, work: Any, *, exit_on_error: bool = True) -> Any: ...
    def set_timer(self, delay: float, callback: Callable[[], None]) -> Any: ...

    # The daemon link's events

    def records_changed(self, changes: Changes) -> None:
        """Show what a batch of changes made differ."""

    def standing_changed(self) -> None:
        """Show whether the daemon is connected."""

    def give_up(self, sentence: str) -> None:
        """Exit with an error."""
