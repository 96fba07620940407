"""A form whose answer goes to the daemon: it stays until that has agreed, and says in a sentence why it has not."""

from typing import Any

from agor_tui.app.link import Link
from agor_tui.app.loading import Calls
from agor_tui.app.screens.form import Form


class Request(Form[dict[str, Any]]):
    """Answers the daemon's record. What was typed stays while the daemon works, and if it refuses."""

    DOING = "one moment…"

    def __init__(self, link: Link) -> None:
        super().__init__()
        self.link = link
        self.working = False
        """Whether the daemon has been asked; keys wait for its answer."""

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
        self.link.call(lambda daemon: self.ask(daemon, body), self._agreed, self._refused)

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
