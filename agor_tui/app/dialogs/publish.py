"""The page of a publication: the branch that is pushed, the pull request for it, and its checks."""

from collections.abc import Iterable, Sequence
from typing import Any

from textual.widget import Widget

from agor_core.domain.pull_request import Publication
from agor_core.domain.session import Session
from agor_tui.app import landing_calls
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.form import TextField, filled_in
from agor_tui.app.dialogs.request_form import RequestForm
from agor_tui.app.loading import Calls
from agor_tui.app.widgets.choice import Choice, Option
from agor_tui.app.widgets.lines import Line
from agor_tui.app.widgets.note import Paragraph
from agor_tui.app.widgets.prompt import Prompt
from agor_tui.state import clean
from agor_tui.state.landing_facts import failing_prompt, pull, some
from agor_tui.state.titles import session_title

ACTION = "action"
OPEN, DRAFT, PUSH, SEND, COPY = "open", "draft", "push", "send", "copy"
LOOKING = "looking…"


class PublishForm(RequestForm):
    """Dismissed with what was done: an ``action``, and the publication."""

    VERB = "do it"
    PROGRESS = "pushing…"

    def __init__(self, link: DaemonLink, session: Session) -> None:
        super().__init__(link)
        self._session = session
        self._planned: Publication | None = None
        self._into = TextField(session.git_state.target or "", placeholder="a branch", id="into")
        self._title = TextField(id="title")
        self._body = Prompt(id="body")
        self._where, self._stands = Paragraph(id="where"), Paragraph(id="stands")
        self._then = Choice((Option(OPEN, "open a pull request", ""),), id="then")

    @property
    def heading(self) -> str:
        return f"Publish “{session_title(self._session)}”"

    def fields(self) -> Iterable[tuple[str, Widget]]:
        return (
            ("into", self._into),
            ("branch", self._where),
            ("stands", self._stands),
            ("title", self._title),
            ("text", self._body),
            ("then", self._then),
        )

    def on_mount(self) -> None:
        super().on_mount()
        self._then.focus()
        self._look()

    def body(self) -> dict[str, Any] | None:
        planned, action = self._planned, self._then.value
        if planned is None:
            self.complain("How it stands is not known yet; wait a moment.")
            return None
        if action in (SEND, COPY):
            return {ACTION: action}
        if planned.obstacle is not None:
            self.complain(planned.obstacle)
            return None
        if not self._title.value.strip():
            self.complain("A pull request needs a title.")
            return None
        asked = filled_in(into=self._into.value.strip(), title=self._title.value.strip(), body=self._body.text.strip())
        return {ACTION: action, **asked, "draft": action == DRAFT, "commit": bool(planned.uncommitted)}

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        action, session_id = body[ACTION], self._session.session_id
        if action == SEND:
            seen = landing_calls.request_status(daemon, session_id, {"log": ""})
            prompt = failing_prompt(seen.check or "a check", seen.log or "")
            daemon.act(session_id, "prompt", {"prompt": prompt})
            return {ACTION: action, "check": seen.check}
        if action == COPY:
            return {ACTION: action, "publication": self._planned}
        request = {name: value for name, value in body.items() if name != ACTION}
        return {ACTION: action, "publication": landing_calls.publish(daemon, session_id, request)}

    def on_input_changed(self) -> None:
        into = self._into.value.strip()
        if self.is_attached and self._planned is not None and into and into != self._planned.target:
            self._look()

    def _look(self) -> None:
        """Ask how it stands, and show it unless something else is asked by then."""
        into = self._into.value.strip()
        body = {"commit": True, **({"into": into} if into else {})}
        self._planned = None
        self._where.set_text([(LOOKING, "muted")])

        def seen(planned: Publication) -> None:
            if self.is_attached and self._into.value.strip() == into:
                self._show(planned)

        def failed(sentence: str) -> None:
            if self.is_attached:
                self._where.set_text([(clean.line(sentence), "warning")])

        self.link.call(lambda daemon: landing_calls.publication(daemon, self._session.session_id, body), seen, failed)

    def _show(self, planned: Publication) -> None:
        self._planned = planned
        if not self._into.value.strip():
            self._into.value = planned.target
        if not self._title.value:
            self._title.value = clean.line(planned.title)
        if not self._body.text:
            self._body.set_text(planned.body)
        self._where.set_text(_where(planned))
        self._stands.set_text(_stands(planned))
        if isinstance(self._stands.parent, Widget):
            self._stands.parent.display = planned.pull_request is not None or planned.obstacle is not None
        self._then.offer(_options(planned))


def _where(planned: Publication) -> Line:
    by = planned.program or "hand, as the program for it is not installed"
    line: Line = [(clean.line(planned.branch), "strong"), (f"  to {clean.line(planned.remote)}, by {by}", "muted")]
    if planned.uncommitted:
        line.append((f"; commits first: {some(planned.uncommitted)}", "warning"))
    return line


def _stands(planned: Publication) -> Line:
    request = planned.pull_request
    if request is None:
        return [(clean.line(planned.obstacle), "del")] if planned.obstacle is not None else []
    failed = [check.name for check in request.checks if check.state == "failed"]
    line: Line = [(f"{clean.line(request.url)}  {pull(request)}", "text")]
    return [*line, (f"; failed: {some(failed)}", "del")] if failed else line


def _options(planned: Publication) -> Sequence[Option]:
    """What enter may do, as it stands."""
    if planned.program is None:
        return (Option(COPY, "copy the commands", clean.line(planned.commands[0]) if planned.commands else ""),)
    if planned.pull_request is None:
        dim = planned.obstacle is not None
        return (Option(OPEN, "open a pull request", "", dim=dim), Option(DRAFT, "open it as a draft", "", dim=dim))
    options = [Option(PUSH, "push again", "the pull request follows the branch")]
    if any(check.state == "failed" for check in planned.pull_request.checks):
        options.insert(0, Option(SEND, "send the failing check to the agent", "the end of its log, as a prompt"))
    return (*options, Option(COPY, "copy its address", clean.line(planned.pull_request.url)))
