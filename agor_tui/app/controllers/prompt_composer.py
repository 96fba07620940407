"""The prompt of an open session: its draft, sending it, and a prompt that arrived although sending it failed."""

from typing import TYPE_CHECKING, Any, Protocol

from agor_core.domain.session import Session
from agor_core.ids import SessionId
from agor_tui.app.commands.command import key
from agor_tui.app.loading import Calls
from agor_tui.state import drafts

if TYPE_CHECKING:
    from agor_tui.app.daemon_link import DaemonLink
    from agor_tui.app.host import Host


def archived() -> str:
    """Why a session that is archived takes no prompt."""
    return f"The session is archived; {key('session.undo')} brings it back."


ARRIVED = "The prompt has arrived after all."


class PromptText(Protocol):
    """The widget in which the prompt is written."""

    @property
    def text(self) -> str: ...
    @property
    def is_attached(self) -> bool:
        """Whether the widget is on a screen."""

    def set_text(self, text: str) -> None: ...
    def clear(self) -> object: ...


class PromptComposer:
    """A prompt that fails is put back above what was written meanwhile, or kept as a draft."""

    def __init__(self, host: "Host", link: "DaemonLink", session_id: SessionId, prompt: PromptText) -> None:
        self._host = host
        self._link = link
        self._session_id = session_id
        self._prompt = prompt
        self._place = drafts.prompt_of(session_id)

    def restore_draft(self) -> None:
        """Put the draft of this session into the prompt."""
        self._prompt.set_text(self._link.drafts.take(self._place).get("prompt", ""))

    def keep_draft(self) -> None:
        """Keep what is written as a draft, and say so."""
        if (text := self._prompt.text).strip():
            self._link.drafts.keep(self._place, {"prompt": text})
            if self._host.screen_stack:  # none while the app ends
                self._host.say(drafts.KEPT)

    def send(self, session: Session | None, text: str) -> None:
        """Send a prompt to the session and clear the line; None says that the session is archived."""
        if session is None:
            self._host.complain(archived())
        elif text:
            self._prompt.clear()
            self._send(session, {"prompt": text})

    def take_arrived(self) -> list[str]:
        """The prompts that failed but are tasks by now; they are removed from the line, so as not to be sent twice."""
        conversation = self._link.records.conversations.get(self._session_id)
        tasks = conversation.tasks if conversation is not None else {}
        arrived = self._link.drafts.arrived(self._place, lambda task_id: task_id in tasks)
        for text in arrived:
            present = self._prompt.text
            if (rest := drafts.without(present, text)) != present:
                self._prompt.set_text(rest)
            self._host.say(ARRIVED)
        return arrived

    def _send(self, session: Session, body: dict[str, Any]) -> None:
        def ask(daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
            return daemon.act(session.session_id, "prompt", body)

        def failed(sentence: str) -> None:
            if not self._prompt.is_attached or body["prompt"] not in self.take_arrived():
                self._put_back(body["prompt"], sentence)

        self._link.make(self._place, body, ["task_id"], ask, None, failed)

    def _put_back(self, text: str, sentence: str) -> None:
        """Put a prompt that failed above what is written by now; without a screen it becomes the draft."""
        self._host.complain(sentence)
        if self._prompt.is_attached:
            self._prompt.set_text(drafts.above(text, self._prompt.text))
        else:
            self._link.drafts.keep(self._place, {"prompt": text})
