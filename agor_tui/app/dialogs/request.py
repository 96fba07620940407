"""A form whose answer goes to the daemon: it stays until that has agreed, and says in a sentence why it has not."""

from collections.abc import Sequence
from typing import Any, ClassVar

from agor_tui.app.busy import Work
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.form import Form
from agor_tui.app.loading import Calls
from agor_tui.state.drafts import ARRIVED, KEPT


class Request(Form[dict[str, Any]]):
    """Answers the daemon's record. What was typed stays while the daemon works, and if it refuses.

    A form with a ``place`` keeps what was typed as a draft when it is left, and has it again when it is opened.
    """

    DOING = "one moment…"
    MAKES: ClassVar[Sequence[str]] = ()
    """The names of the ids that a request carries, so that what is sent twice is made once."""

    def __init__(self, link: DaemonLink) -> None:
        super().__init__()
        self.link = link
        self._sent: dict[str, str] = {}
        """What the fields said when the daemon was asked."""
        self.working = False
        """Whether the daemon has been asked."""
        self._work: Work | None = None
        """From the request until its answer, or until the form is left; keys wait that long."""

    @property
    def place(self) -> str:
        """Where its draft is kept; empty for a form without one."""
        return ""

    def on_mount(self) -> None:
        if self.link.drafts.arrived(self.place, self._is_there):
            self.host.say(ARRIVED)
        self.fill(self.link.drafts.take(self.place))

    def body(self) -> dict[str, Any] | None:
        """What to ask for; None if something is missing, which is said."""
        raise NotImplementedError

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        """Ask the daemon; in a thread."""
        raise NotImplementedError

    def action_submit(self) -> None:
        body = None if self.working else self.body()
        if body is None:
            return
        self.working, self._sent = True, self.filled()
        self._work = self.link.busy.begin(holds_keys=True)
        self.tell(self.DOING, "muted")
        self.link.make(self.place, body, self.MAKES, self.ask, self._agreed, self._refused)

    def action_cancel(self) -> None:
        if not self.working and self._keep(self.filled()):
            self.host.say(KEPT)
        super().action_cancel()
        self._end_work()

    def _keep(self, written: dict[str, str]) -> bool:
        """Keep what was typed as a draft; False if that is nothing, or there is no place for it."""
        worth = bool(self.place) and any(written.get(name, "").strip() for name in ("title", "prompt"))
        if worth:
            self.link.drafts.keep(self.place, written)
        return worth

    def _is_there(self, made_id: str) -> bool:
        """Whether a session, or a task that was told of, has this id."""
        sessions = self.link.records.sessions
        return (
            made_id in sessions
            or self.link.records.knows_task(made_id)
            or any(session.current is not None and session.current.task_id == made_id for session in sessions.values())
        )

    def _end_work(self) -> None:
        self.working = False
        if self._work is not None:
            self._work.done()

    def _agreed(self, record: dict[str, Any]) -> None:
        if self.is_current:
            self.dismiss(record)
        self._end_work()

    def _refused(self, sentence: str) -> None:
        self._end_work()
        if self.is_current:
            self.host.drop_keys()
            self.complain(sentence)
        else:
            self.host.complain(f"{sentence} {KEPT}" if self._keep(self._sent) else sentence)
