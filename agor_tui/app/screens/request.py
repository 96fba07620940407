"""A form whose answer goes to the daemon: it stays until that has agreed, and says in a sentence why it has not."""

from collections.abc import Sequence
from typing import Any, ClassVar

from agor_tui.app.link import Link
from agor_tui.app.loading import Calls
from agor_tui.app.screens.form import Form
from agor_tui.state.drafts import KEPT


class Request(Form[dict[str, Any]]):
    """Answers the daemon's record. What was typed stays while the daemon works, and if it refuses.

    A form with a ``place`` keeps what was typed as a draft when it is left, and has it again when it is opened.
    """

    DOING = "one moment…"
    MAKES: ClassVar[Sequence[str]] = ()
    """The names of the ids that a request carries, so that what is sent twice is made once."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self.link = link
        self.working = False
        """Whether the daemon has been asked; keys wait for its answer."""

    @property
    def place(self) -> str:
        """Where its draft is kept; empty for a form without one."""
        return ""

    def on_mount(self) -> None:
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
        self.working = True
        self.tell(self.DOING, "muted")
        self.link.make(self.place, body, self.MAKES, self.ask, self._agreed, self._refused)

    def action_cancel(self) -> None:
        written = self.filled()
        if self.place and not self.working and any(written.get(name, "").strip() for name in ("title", "prompt")):
            self.link.drafts.keep(self.place, written)
            self.host.say(KEPT)
        super().action_cancel()

    def _agreed(self, record: dict[str, Any]) -> None:
        self.working = False
        if self.is_current:
            self.dismiss(record)

    def _refused(self, sentence: str) -> None:
        self.working = False
        if self.is_current:
            self.host.keyboard.drop()
            self.complain(sentence)
        else:
            self.host.complain(sentence)
