"""The form for a new session."""

from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from textual.widget import Widget

from agor_core.domain.beginning import Beginning
from agor_tui.app import loading
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.agent_choices import AgentChoices
from agor_tui.app.dialogs.folder_state import folder_state
from agor_tui.app.dialogs.form import TextField, agent_options, filled_in
from agor_tui.app.dialogs.race_fields import ALONE, SEVERAL, RaceFields, begin
from agor_tui.app.dialogs.request_form import RequestForm
from agor_tui.app.loading import Calls
from agor_tui.app.widgets.choice import Choice, Option
from agor_tui.app.widgets.note import Paragraph
from agor_tui.app.widgets.prompt import Prompt
from agor_tui.state import beginnings, clean
from agor_tui.state.attempts import NotRead

LOOK_AFTER = 0.3
"""Seconds without a change, before the daemon looks at the folder."""


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
        self._agent = Choice(
            [*options, SEVERAL], agent if agent in installed or not installed else installed[0], id="agent"
        )
        self._choices = AgentChoices(link, self._agent)
        self._directory = TextField(_cwd(), id="directory")
        self._state = Paragraph(id="state")
        self._worktree = Choice(
            [Option("own", "a worktree of its own"), Option("none", "the folder itself")],
            "own" if worktree else "none",
            id="where",
        )
        self._base = TextField(placeholder="what is checked out; or a branch, tag or commit", id="base")
        self._upstream = Choice([Option("", "as it was fetched"), Option("fetch", "fetch it first")], id="upstream")
        self._uncommitted = Choice(
            [Option("", "leave them there"), Option("take", "take them along")], id="uncommitted"
        )
        self._looks = 0
        """Counts the looks at the folder; only the answer to the latest is shown."""
        self._title = TextField(placeholder="taken from the prompt if empty", id="title")
        self._race = RaceFields(link, self._agent)
        self._prompt = Prompt(placeholder="what to do; empty: only make the session", id="prompt")

    def fields(self) -> Iterable[tuple[str, Widget]]:
        return (
            ("agent", self._agent),
            *self._race.fields(),
            *self._choices.fields(),
            ("folder", self._directory),
            ("works in", self._worktree),
            ("from", self._base),
            ("", self._state),
            ("upstream", self._upstream),
            ("changes", self._uncommitted),
            ("title", self._title),
            ("prompt", self._prompt),
        )

    def on_mount(self) -> None:
        self._prompt.focus()
        self._show_folder_state(after=0)
        for asked in (self._upstream, self._uncommitted):  # shown where the daemon says that there is a choice
            self._show(asked, shown=False)
        self._choices.show()
        self._race.show()

    def on_input_changed(self, event: TextField.Changed) -> None:
        if event.input is not self._title and not self._race.has(event.input):
            self._show_folder_state()

    def on_choice_changed(self, message: Choice.Changed) -> None:
        if message.choice is self._agent:
            self._choices.agent_changed()
            self._race.show()
        if message.choice is self._worktree:
            self._show_folder_state()

    def body(self) -> dict[str, Any] | None:
        body = self._of_one()
        if not self._race.wanted:
            return body
        try:
            if body.get("worktree") is False:
                raise NotRead(ALONE)
            return self._race.body(body, ("cwd", "title", "board", "base"))
        except NotRead as error:
            self.complain(str(error))
            return None

    def _of_one(self) -> dict[str, Any]:
        """The request for one session."""
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
        if base := self._base.value.strip():
            body["base"] = base
        if self._is_shown(self._upstream) and self._upstream.value:
            body["fetch"] = True
        if self._is_shown(self._uncommitted) and self._uncommitted.value:
            body["uncommitted"] = True
        return {**body, **self._choices.body()}

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        return begin(daemon, body) if "agents" in body else daemon.create("sessions", body)

    @property
    def _folder(self) -> Path:
        folder = Path(self._directory.value.strip() or ".")
        with suppress(RuntimeError):  # there is no such user
            folder = folder.expanduser()
        return folder if folder.is_absolute() else Path(_cwd()) / folder

    def _show_folder_state(self, after: float = LOOK_AFTER) -> None:
        """Show the state of the folder, and where a worktree begins as soon as the daemon has looked."""
        own = self._worktree.value == "own"
        state = folder_state(self._folder, worktree=own)
        self._state.set_text([(state.sentence, "warning" if state.bad else "faint")])
        self._looks += 1
        asks = own and state.git and not state.bad
        self._show(self._base, asks)
        if asks:
            look = partial(self._look, self._looks)
            self.set_timer(after, look) if after else look()
        else:
            self._show(self._upstream, shown=False)
            self._show(self._uncommitted, shown=False)

    def _look(self, number: int) -> None:
        if number != self._looks:
            return
        query = [("cwd", str(self._folder)), *([("base", base)] if (base := self._base.value.strip()) else [])]

        def work(daemon: Calls) -> Beginning:
            return loading.beginning(daemon, query)

        self.link.call(work, partial(self._tell, number), partial(self._tell_fault, number))

    def _tell(self, number: int, seen: Beginning) -> None:
        if number != self._looks or not self.is_attached:
            return
        self._show(self._upstream, shown=seen.upstream is not None)
        self._show(self._uncommitted, shown=seen.takeable)
        self._uncommitted.set_note("take", beginnings.uncommitted(seen))
        self._uncommitted.set_note("", beginnings.uncommitted(seen))
        self._upstream.set_note("", f"{clean.line(seen.upstream)}, {seen.behind} behind" if seen.behind else "")
        if seen.repo is not None:
            stays = seen.uncommitted_count and not seen.takeable
            left = f"; {beginnings.uncommitted(seen)} not taken along" if stays else ""
            ink = "warning" if seen.sha is None else "faint"
            self._state.set_text([(f"git, {beginnings.where(seen)}{left}", ink)])

    def _tell_fault(self, number: int, sentence: str) -> None:
        if number == self._looks and self.is_attached:
            self._state.set_text([(clean.line(sentence), "warning")])

    def _show(self, field: Widget, shown: bool) -> None:
        if isinstance(row := field.parent, Widget):
            row.display = shown

    def _is_shown(self, field: Widget) -> bool:
        return isinstance(row := field.parent, Widget) and bool(row.display)


def _cwd() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return str(Path.home())
