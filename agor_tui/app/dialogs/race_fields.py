"""The rows of a form that make it a race: the agents with counts, and the check of each attempt."""

from collections.abc import Iterable, Mapping
from typing import Any

from textual.widget import Widget

from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.form import TextField
from agor_tui.app.loading import Calls
from agor_tui.app.widgets.choice import Choice, Option
from agor_tui.state.attempts import NotRead, attempts

NO_PROMPT = "The attempts of a race need a prompt."
ALONE = "A race gives every attempt a worktree of its own; choose that."
NONE = "Say which agents race, such as: claude-code 2, codex"
SEVERAL = Option("race:", "several: a race", "agents with counts try the same prompt")
"""The last option for the agent of a form."""


class RaceFields:
    """Filled in, they turn the request for a session or a fork into one for a race; else they change nothing."""

    def __init__(self, link: DaemonLink, agent: Choice) -> None:
        self._link = link
        self._agent = agent
        self._agents = TextField(placeholder="agents with counts, such as: claude-code 2, codex", id="race")
        self._check = TextField(placeholder="a command that judges each attempt; empty: none", id="race-check")

    def fields(self) -> Iterable[tuple[str, Widget]]:
        """The rows, for the form's own."""
        return (("race", self._agents), ("check", self._check))

    def has(self, field: Widget) -> bool:
        """Whether a field is one of these."""
        return field in (self._agents, self._check)

    def show(self) -> None:
        """Show the rows in a race only."""
        for field in (self._agents, self._check):
            if isinstance(row := field.parent, Widget):
                row.display = self.wanted

    @property
    def wanted(self) -> bool:
        """Whether a race is chosen in place of one agent."""
        return self._agent.value == SEVERAL.value

    def body(self, one: Mapping[str, Any], kept: Iterable[str]) -> dict[str, Any]:
        """The request for the race, with the ``kept`` fields of the request for one session. Raises NotRead."""
        agents = attempts(self._agents.value, [agent.name for agent in self._link.records.agents])
        if not agents:
            raise NotRead(NONE)
        if not one.get("prompt"):
            raise NotRead(NO_PROMPT)
        body: dict[str, Any] = {"agents": agents, "prompt": one["prompt"]}
        body |= {name: one[name] for name in kept if name in one}
        return {**body, "check": check} if (check := self._check.value.strip()) else body


def begin(daemon: Calls, body: Mapping[str, Any]) -> dict[str, Any]:
    """Begin a race; its first attempt. The id that the form made for a session is the race's."""
    asked = {name: value for name, value in body.items() if name not in ("session_id", "task_id")}
    race = daemon.call("POST", "/races", body={**asked, "race_id": body["session_id"]})
    return daemon.get("sessions", race["session_ids"][0])
