"""The forms for a comment: a new one on lines, a file or an answer, and another text for one that is written."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from textual.content import Content
from textual.widget import Widget
from textual.widgets import TextArea

from agor_core.domain.comment import Comment, CommentKind
from agor_core.domain.message import Message
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.request_form import RequestForm
from agor_tui.app.loading import Calls
from agor_tui.app.widgets.choice import Choice, Option
from agor_tui.app.widgets.note import Note
from agor_tui.app.widgets.prompt import Prompt
from agor_tui.state import clean
from agor_tui.state.reviewing import Place, blocks_of, kind_and_text


class _CommentForm(RequestForm):
    """A text that begins with ``?`` asks; the title says so while it is written."""

    PROGRESS = "one moment…"
    VERB = "keep"

    def __init__(self, link: DaemonLink, where: str, text: str = "") -> None:
        super().__init__(link)
        self._where = where
        self._prompt = Prompt(placeholder="what to change; ? first makes it a question", id="prompt")
        if text:
            self._prompt.set_text(text)

    @property
    def heading(self) -> str:
        kind, _ = kind_and_text(self._prompt.text)
        return f"{'Question' if kind is CommentKind.QUESTION else 'Comment'} on {self._where}"

    @property
    def keys(self) -> Sequence[tuple[str, str]]:
        return (("enter", self.VERB), ("?", "first: a question"), ("ctrl+j", "new line"), ("esc", "cancel"))

    def fields(self) -> Iterable[tuple[str, Widget]]:
        return (("text", self._prompt),)

    def on_mount(self) -> None:
        super().on_mount()
        self._prompt.focus()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.query_one("#panel").border_title = Content(self._title_text())

    def written(self) -> dict[str, Any] | None:
        """The kind and the text; None without a text, which is said."""
        kind, text = kind_and_text(self._prompt.text)
        if not text:
            self.complain("Write what is to change, or with ? first what you want to know.")
            return None
        return {"kind": kind.value, "text": text}


class CommentForm(_CommentForm):
    """Dismissed with the comment on a place in the difference between two ``commits``.

    Where these are not known, it is what ``task`` changed, or the session until now.
    """

    ID_NAMES: ClassVar[Sequence[str]] = ("comment_id",)

    def __init__(
        self,
        link: DaemonLink,
        session: Session,
        task: Task | None,
        on: Place,
        commits: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(link, clean.line(on.title))
        self._commits = commits
        self._session = session
        self._at = task
        self._on = on

    @property
    def place(self) -> str:
        return f"comment {self._session.session_id} {self._on.title}"

    def body(self) -> dict[str, Any] | None:
        if (written := self.written()) is None:
            return None
        return {
            "session_id": self._session.session_id,
            "task_id": None if self._at is None else self._at.task_id,
            "path": self._on.path,
            "side": self._on.side.value,
            "start_line": self._on.start,
            "end_line": self._on.end,
            **({} if self._commits is None else dict(zip(("base", "checkpoint"), self._commits, strict=True))),
            **written,
        }

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        return daemon.create("comments", body)


class AnswerForm(_CommentForm):
    """Dismissed with the comment on a block of what the agent said, or on all of it."""

    ID_NAMES: ClassVar[Sequence[str]] = ("comment_id",)

    def __init__(self, link: DaemonLink, session: Session, message: Message) -> None:
        super().__init__(link, "what the agent said")
        self._session = session
        self._message = message
        self._blocks = blocks_of(message.text)
        self._block = Choice(
            [
                Option("all", "all of it" if len(self._blocks) != 1 else clean.line(self._blocks[0])),
                *(Option(str(n), clean.line(block)) for n, block in enumerate(self._blocks) if len(self._blocks) > 1),
            ],
            id="block",
        )

    @property
    def place(self) -> str:
        return f"comment {self._session.session_id} {self._message.message_id}"

    def fields(self) -> Iterable[tuple[str, Widget]]:
        return (("on", self._block), ("text", self._prompt))

    def body(self) -> dict[str, Any] | None:
        if (written := self.written()) is None:
            return None
        chosen = self._block.value
        block = self._message.text if chosen == "all" else self._blocks[int(chosen)]
        return {
            "session_id": self._session.session_id,
            "message_id": self._message.message_id,
            "snippet": block[:20_000],
            **written,
        }

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        return daemon.create("comments", body)


class EditForm(_CommentForm):
    """Dismissed with the comment that has another text."""

    def __init__(self, link: DaemonLink, comment: Comment) -> None:
        asks = comment.kind is CommentKind.QUESTION
        super().__init__(link, clean.line(comment.title), f"? {comment.text}" if asks else comment.text)
        self._comment = comment

    def fields(self) -> Iterable[tuple[str, Widget]]:
        first = self._comment.snippet.partition("\n")[0]
        return (("on", Note([(clean.exact(first) or "the whole file", "muted")])), ("text", self._prompt))

    def body(self) -> dict[str, Any] | None:
        return self.written()

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        return daemon.patch("comments", self._comment.comment_id, body)
