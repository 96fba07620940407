"""The form that denies what an agent asks and tells it why."""

from collections.abc import Iterable
from typing import Any

from textual.widget import Widget

from agor_core.domain.approval import Approval
from agor_tui.app.commands.command import key
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.request_form import RequestForm
from agor_tui.app.loading import Calls
from agor_tui.app.widgets.prompt import Prompt
from agor_tui.state.questions import request_title


class DenyForm(RequestForm):
    """Dismissed with the answered approval."""

    VERB = "deny"

    def __init__(self, link: DaemonLink, question: Approval) -> None:
        super().__init__(link)
        self._question = question
        self._reason = Prompt(placeholder="what to do instead; the agent is told in its turn, or next", id="prompt")

    @property
    def heading(self) -> str:
        return f"Deny “{request_title(self._question.tool)}”"

    def fields(self) -> Iterable[tuple[str, Widget]]:
        return (("why", self._reason),)

    def on_mount(self) -> None:
        super().on_mount()
        self._reason.focus()

    def body(self) -> dict[str, Any] | None:
        if not (reason := self._reason.text.strip()):
            self.complain(f"Say why, or leave with esc and deny with {key('approval.deny')}.")
            return None
        return {"decision": "deny", "reason": reason}

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        return daemon.patch("approvals", self._question.approval_id, body)
