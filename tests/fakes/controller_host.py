"""What controllers see of the app, for tests without a terminal: a host with a ledger, a link that answers at once."""

from collections.abc import Callable
from typing import Any

from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.errors import AgorError
from agor_core.ids import BoardId, SessionId
from agor_tui.app.controllers.controller import Reason
from agor_tui.state.drafts import Drafts
from agor_tui.state.records import Records
from agor_tui.state.undo import UndoStack
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import HeldClock


class LedgerHost:
    """``ledger`` lists what was asked of the app, in order; ``dialogs`` the dialogs that were opened."""

    def __init__(self) -> None:
        self.clock = HeldClock()
        self.ledger: list[tuple[Any, ...]] = []
        self.dialogs: list[Any] = []
        self.undo = UndoStack()
        self.too_small = False
        self.default_agent = None
        self.default_worktree = True
        self.screen = object()
        self.screen_stack = [self.screen]
        self._callbacks: list[Callable[[Any], None] | None] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *arguments: self.ledger.append((name, *arguments))

    @property
    def said(self) -> list[str]:
        """The sentences of the toasts."""
        return [entry[1] for entry in self.ledger if entry[0] in ("say", "complain")]

    def push_screen(self, screen: Any, callback: Callable[[Any], None] | None = None) -> None:
        self.dialogs.append(screen)
        self._callbacks.append(callback)

    def answer(self, answer: Any) -> None:
        """Close the dialog that was opened last, with this answer."""
        callback = self._callbacks.pop()
        if callback is not None:
            callback(answer)


class InstantLink:
    """The daemon link on a fake daemon: a call is answered before it returns, unless the test holds it."""

    def __init__(self, host: LedgerHost, daemon: FakeDaemon) -> None:
        self.daemon = daemon
        self.records = Records()
        self.drafts = Drafts()
        self.held: list[Callable[[], None]] | None = None
        """Set to a list, it collects the calls instead; the test runs them."""
        self._host = host
        store = daemon.store
        self.records.load(
            sessions=store["sessions"].values(),
            boards=store["boards"].values(),
            approvals=store["approvals"].values(),
            agents=daemon.agents,
        )

    def call(
        self,
        work: Callable[[Any], Any],
        then: Callable[[Any], object] | None = None,
        failed: Callable[[str], object] | None = None,
    ) -> None:
        def run() -> None:
            try:
                answer = work(self.daemon)
            except AgorError as error:
                (failed or self._host.complain)(error.message)
            else:
                if then is not None:
                    then(answer)

        if self.held is None:
            run()
        else:
            self.held.append(run)

    call_to_open = call

    def make(
        self,
        place: str,
        body: dict[str, Any],
        names: list[str],
        ask: Callable[[Any, dict[str, Any]], Any],
        then: Callable[[Any], object] | None,
        failed: Callable[[str], object],
    ) -> None:
        ids = self.drafts.ids(place, body, names)

        def refused(sentence: str) -> None:
            self.drafts.failed(place, body, ids)
            failed(sentence)

        self.call(lambda daemon: ask(daemon, {**body, **ids}), then, refused)


class PlainSubject:
    """A subject whose selection the test sets; ``followed`` and ``gone`` list what commands told it."""

    def __init__(self, *sessions: Session, task: Task | None = None) -> None:
        self.sessions = list(sessions)
        self.task = task
        self.session_id: SessionId | None = sessions[0].session_id if sessions else None
        self.board_id: BoardId | None = None
        self.no_session = Reason("No session is selected.")
        self.archived_elsewhere: Session | None = None
        self.followed: list[SessionId] = []
        self.gone: set[SessionId] = set()
        self.unmarked = 0

    @property
    def session(self) -> Session | None:
        return self.sessions[0] if self.sessions else None

    def follow(self, session_id: SessionId) -> None:
        self.followed.append(session_id)

    def unmark(self) -> None:
        self.unmarked += 1

    def sessions_archived(self, session_ids: set[SessionId]) -> None:
        self.gone |= session_ids
