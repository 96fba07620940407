"""The form for a spawn: its agent, folder, title and prompt."""

from collections.abc import Iterable
from typing import Any

from textual.widget import Widget

from agor_core.domain.session import Session
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.form import TextField, agent_options, filled_in
from agor_tui.app.dialogs.request_form import RequestForm
from agor_tui.app.loading import Calls
from agor_tui.app.widgets.choice import Choice, Option
from agor_tui.app.widgets.prompt import Prompt
from agor_tui.state.titles import session_title


class SpawnForm(RequestForm):
    """Dismissed with the child session."""

    VERB = "spawn"
    PROGRESS = "spawning…"
    ID_NAMES = ("session_id", "task_id")

    def __init__(self, link: DaemonLink, parent: Session) -> None:
        super().__init__(link)
        self._parent_session = parent
        self._agent = Choice(agent_options(link.records.agents), parent.agent, id="agent")
        self._where = Choice(
            [Option("own", "a new worktree", "from the parent's branch"), Option("same", "the parent's directory")],
            id="where",
        )
        self._title = TextField(placeholder="taken from the prompt if empty", id="title")
        self._prompt = Prompt(placeholder="what the child shall do", id="prompt")

    @property
    def place(self) -> str:
        return f"spawn {self._parent_session.session_id}"

    @property
    def heading(self) -> str:
        return f"Spawn from “{session_title(self._parent_session)}”"

    def fields(self) -> Iterable[tuple[str, Widget]]:
        return (
            ("agent", self._agent),
            ("where", self._where),
            ("title", self._title),
            ("prompt", self._prompt),
        )

    def on_mount(self) -> None:
        self._prompt.focus()

    def body(self) -> dict[str, Any]:
        body = filled_in(agent=self._agent.value, title=self._title.value.strip(), prompt=self._prompt.text.strip())
        return {**body, "same_directory": True} if self._where.value == "same" else body

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        return daemon.act(self._parent_session.session_id, "spawn", body)
