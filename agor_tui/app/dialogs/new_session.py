"""The form for a new session."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from textual.widget import Widget

from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.agent_choices import AgentChoices
from agor_tui.app.dialogs.folder_state import folder_state
from agor_tui.app.dialogs.form import TextField, agent_options, filled_in
from agor_tui.app.dialogs.request_form import RequestForm
from agor_tui.app.loading import Calls
from agor_tui.app.widgets.choice import Choice, Option
from agor_tui.app.widgets.note import Paragraph
from agor_tui.app.widgets.prompt import Prompt


class NewSession(RequestForm):
    """Dismissed with the session."""

    VERB = "start"
    PROGRESS = "starting…"
    ID_NAMES = ("session_id",)
    place = "new session"
    heading = "New session"

    def __init__(self, link: DaemonLink, *, agent: str | None, worktree: bool, board_id: str | None) -> None:
        super().__init__(link)
        self._board_id = board_id
        options = agent_options(link.records.agents)
        installed = [option.value for option in options if not option.dim]
        self._agent = Choice(options, agent if agent in installed or not installed else installed[0], id="agent")
        self._choices = AgentChoices(link, self._agent)
        self._directory = TextField(_cwd(), id="directory")
        self._state = Paragraph(id="state")
        self._worktree = Choice(
            [Option("own", "a worktree of its own"), Option("none", "the folder itself")],
            "own" if worktree else "none",
            id="where",
        )
        self._title = TextField(placeholder="taken from the prompt if empty", id="title")
        self._prompt = Prompt(placeholder="what to do; empty: only make the session", id="prompt")

    def fields(self) -> Iterable[tuple[str, Widget]]:
        return (
            ("agent", self._agent),
            *self._choices.fields(),
            ("folder", self._directory),
            ("", self._state),
            ("works in", self._worktree),
            ("title", self._title),
            ("prompt", self._prompt),
        )

    def on_mount(self) -> None:
        self._prompt.focus()
        self._show_folder_state()
        self._choices.show()

    def on_input_changed(self) -> None:
        self._show_folder_state()

    def on_choice_changed(self, message: Choice.Changed) -> None:
        if message.choice is self._agent:
            self._choices.agent_changed()
        self._show_folder_state()

    def body(self) -> dict[str, Any]:
        body = filled_in(
            agent=self._agent.value,
            cwd=str(self._folder),
            title=self._title.value.strip(),
            prompt=self._prompt.text.strip(),
            board=self._board_id,
        )
        if self._worktree.value == "none":
            body["worktree"] = False
        return {**body, **self._choices.body()}

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        return daemon.create("sessions", body)

    @property
    def _folder(self) -> Path:
        folder = Path(self._directory.value.strip() or ".")
        with suppress(RuntimeError):  # there is no such user
            folder = folder.expanduser()
        return folder if folder.is_absolute() else Path(_cwd()) / folder

    def _show_folder_state(self) -> None:
        """Show the state of the folder and which files the session gets."""
        state = folder_state(self._folder, worktree=self._worktree.value == "own")
        self._state.set_text([(state.sentence, "warning" if state.bad else "faint")])


def _cwd() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return str(Path.home())
