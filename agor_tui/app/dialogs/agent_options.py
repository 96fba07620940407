"""The form that changes mode, model, effort and further options of a session, as its agent offers them."""

from collections.abc import Iterable, Sequence
from typing import Any

from textual.widget import Widget

from agor_core.domain.session import Session
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.request_form import RequestForm
from agor_tui.app.loading import Calls
from agor_tui.app.widgets.choice import Choice, Option
from agor_tui.state import clean
from agor_tui.state.agent_options import Choosable, patch_of
from agor_tui.state.titles import session_title

LABEL = 8
"""The widest label."""


class AgentOptionsForm(RequestForm):
    """Dismissed with the session. The field of ``first`` has the focus."""

    VERB = "change"
    PROGRESS = "asking the agent…"

    def __init__(self, link: DaemonLink, session: Session, offered: Sequence[Choosable], first: str) -> None:
        super().__init__(link)
        self._session = session
        self._offered = offered
        self._first = first
        self._choices = {one.key: _choice(number, one) for number, one in enumerate(offered)}

    @property
    def heading(self) -> str:
        return f"How {clean.line(self._session.agent)} works in “{session_title(self._session)}”"

    def fields(self) -> Iterable[tuple[str, Widget]]:
        return tuple((clean.cut(clean.line(one.name).lower(), LABEL), self._choices[one.key]) for one in self._offered)

    def on_mount(self) -> None:
        super().on_mount()
        self._choices[self._first].focus()

    def body(self) -> dict[str, Any] | None:
        now = {one.key: one.now for one in self._offered}
        chosen = {key: choice.value for key, choice in self._choices.items() if choice.value not in ("", now[key])}
        if not chosen:
            self.complain("Nothing is changed; choose another with the arrows, or leave with esc.")
            return None
        return dict(patch_of(chosen))

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        return daemon.patch("sessions", self._session.session_id, body)


def _choice(number: int, one: Choosable) -> Choice:
    """A field with all values; with one for what is not known, where that is in use."""
    values = [Option(value.id, clean.line(value.name)) for value in one.values]
    known = any(value.id == one.now for value in one.values)
    other = [] if known else [Option("", clean.line(one.now) or "the agent's own")]
    return Choice([*other, *values], one.now if known else "", id=f"choice-{number}")
