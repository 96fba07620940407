"""A form that sends a request to the daemon. It stays open until the daemon accepts, and shows why it refuses."""

from collections.abc import Sequence
from typing import Any, ClassVar

from agor_tui.app.busy import Work
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.form import Form
from agor_tui.app.loading import Calls
from agor_tui.state.drafts import ARRIVED, KEPT


class RequestForm(Form[dict[str, Any]]):
    """Dismissed with the daemon's record. The fields keep their values while the request is in flight.

    A form with a ``place`` keeps its values as a draft when it is cancelled, and restores them when it is opened.
    """

    PROGRESS = "one moment…"
    """The message while the request is in flight."""
    ID_NAMES: ClassVar[Sequence[str]] = ()
    """The ids that the request carries, so that a request that is sent twice creates one record."""

    def __init__(self, link: DaemonLink) -> None:
        super().__init__()
        self.link = link
        self._sent: dict[str, str] = {}
        """The values of the fields when the request was sent."""
        self.working = False
        """Whether the daemon has been asked."""
        self._work: Work | None = None
        """From the request until its answer, or until the form is left; keys wait that long."""

    @property
    def place(self) -> str:
        """The key of its draft; empty for a form without drafts."""
        return ""

    def on_mount(self) -> None:
        if self.link.drafts.arrived(self.place, self._exists):
            self.host.say(ARRIVED)
        self.set_values(self.link.drafts.take(self.place))

    def body(self) -> dict[str, Any] | None:
        """The body of the request; None if a field is missing, which `complain` has said."""
        raise NotImplementedError

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        """Send the request; called in a thread."""
        raise NotImplementedError

    def action_submit(self) -> None:
        body = None if self.working else self.body()
        if body is None:
            return
        self.working, self._sent = True, self.values()
        self._work = self.link.busy.begin(holds_keys=True)
        self.show_message(self.PROGRESS, "muted")
        self.link.make(self.place, body, self.ID_NAMES, self.ask, self._accepted, self._refused)

    def action_cancel(self) -> None:
        if not self.working and self._keep(self.values()):
            self.host.say(KEPT)
        super().action_cancel()
        self._end_work()

    def _keep(self, values: dict[str, str]) -> bool:
        """Keep these values as a draft; False if the form has no drafts, or neither title nor prompt is written."""
        kept = bool(self.place) and any(values.get(name, "").strip() for name in ("title", "prompt"))
        if kept:
            self.link.drafts.keep(self.place, values)
        return kept

    def _exists(self, made_id: str) -> bool:
        """Whether a known session or task has this id."""
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

    def _accepted(self, record: dict[str, Any]) -> None:
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
