"""The form that shows what Agor allows in a session without a question, and takes one grant back."""

from collections.abc import Iterable, Sequence
from typing import Any

from textual.widget import Widget

from agor_core.domain.approval import Approval
from agor_core.domain.session import Session
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.request_form import RequestForm
from agor_tui.app.loading import Calls
from agor_tui.app.widgets.choice import Choice, Option
from agor_tui.app.widgets.note import Paragraph
from agor_tui.state import clean
from agor_tui.state.answers import grant_title, grant_words
from agor_tui.state.titles import session_title


class GrantsForm(RequestForm):
    """Dismissed with the approval whose grant was taken back."""

    VERB = "take it back"

    def __init__(self, link: DaemonLink, session: Session, grants: Sequence[Approval]) -> None:
        super().__init__(link)
        self._session = session
        self._grants = {grant.approval_id: grant for grant in grants}
        options = [Option(grant.approval_id, clean.line(grant_title(grant))) for grant in grants]
        self._grant = Choice(options, id="grant")
        self._words = Paragraph(id="words")

    @property
    def heading(self) -> str:
        return f"Allowed from now on in “{session_title(self._session)}”"

    def fields(self) -> Iterable[tuple[str, Widget]]:
        return (("grant", self._grant), ("means", self._words))

    def on_mount(self) -> None:
        super().on_mount()
        self._grant.focus()
        self._show()

    def on_choice_changed(self) -> None:
        self._show()

    def body(self) -> dict[str, Any] | None:
        return {"granted": "taken_back"}

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        return daemon.patch("approvals", self._grant.value, body)

    def _show(self) -> None:
        grant = next(one for identifier, one in self._grants.items() if identifier == self._grant.value)
        number = f"{self._grant.index + 1} of {len(self._grants)}: " if len(self._grants) > 1 else ""
        said = f"{number}{grant_words(grant.tool)}. Allowed by {clean.line(grant.decided_by or 'somebody')}."
        self._words.set_text([(said, "muted")])
