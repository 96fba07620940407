"""The form that sends the open comments on a session's work, to its agent or to that of another session."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from textual.widget import Widget

from agor_core.domain.comment import Comment, CommentKind
from agor_core.domain.session import Session
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.request_form import RequestForm
from agor_tui.app.loading import Calls
from agor_tui.app.widgets.choice import Choice, Option
from agor_tui.app.widgets.note import Note
from agor_tui.state import clean
from agor_tui.state.figures import counted
from agor_tui.state.reviewing import receivers
from agor_tui.state.titles import session_title

MOST_LISTED = 8


class SendForm(RequestForm):
    """Dismissed with the task that got them."""

    VERB = "send"
    PROGRESS = "sending…"
    ID_NAMES: ClassVar[Sequence[str]] = ("task_id",)

    def __init__(self, link: DaemonLink, session: Session, comments: Sequence[Comment]) -> None:
        super().__init__(link)
        self._session = session
        self._comments = comments
        self._to = Choice(
            [
                Option(one.session_id, clean.line(session_title(one)), word)
                for one, word in receivers(session, link.records.sessions.values())
            ],
            id="to",
        )

    @property
    def heading(self) -> str:
        return f"Send {counted(len(self._comments), 'comment')} as one prompt"

    def fields(self) -> Iterable[tuple[str, Widget]]:
        yield "to", self._to
        for comment in self._comments[:MOST_LISTED]:
            asks = "? " if comment.kind is CommentKind.QUESTION else ""
            text = clean.line(comment.text)
            yield "", Note([(f"{clean.line(comment.title)}  ", "muted"), (f"{asks}{text}", "text")])
        if len(self._comments) > MOST_LISTED:
            yield "", Note([(f"and {len(self._comments) - MOST_LISTED} more", "muted")])

    def on_mount(self) -> None:
        super().on_mount()
        self._to.focus()

    def body(self) -> dict[str, Any]:
        return {"to": self._to.value}

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        return daemon.act(self._session.session_id, "send", body)
