"""The rows of a form for mode, model and effort: what the chosen agent offers. Rows without an offer are hidden."""

from collections.abc import Iterable

import msgspec
from textual.widget import Widget

from agor_core.domain.agent import AgentInfo
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.widgets.choice import Choice, Option
from agor_tui.state import clean
from agor_tui.state.agent_options import Choosable, choosable, effort, info_of, patch_of

OWN = Option("", "the agent's own")


class AgentChoices:
    """Follows the form's choice of agent; ``unchosen`` is what nothing chosen means."""

    def __init__(self, link: DaemonLink, agent: Choice, unchosen: Option = OWN) -> None:
        self._link = link
        self._agent = agent
        self._unchosen = unchosen
        self._infos: tuple[AgentInfo, ...] = link.records.agents
        self._rows = {what: Choice([unchosen], id=what) for what in ("mode", "model", "effort")}

    def fields(self) -> Iterable[tuple[str, Widget]]:
        """The rows, for the form's own."""
        return tuple((what, row) for what, row in self._rows.items())

    def show(self) -> None:
        """Offer what the chosen agent offers; then what the daemon knows by now."""
        self._offer()
        self._link.call(
            lambda daemon: daemon.find("agents"), lambda answer: self._learn(answer["data"]), lambda _: None
        )

    def agent_changed(self) -> None:
        """Offer what the agent offers that is chosen now."""
        self._offer()

    def body(self) -> dict[str, object]:
        """The fields of the request."""
        offers = self._offers()
        chosen = {offers[what].key: row.value for what, row in self._rows.items() if row.value and what in offers}
        return patch_of(chosen)

    def _learn(self, records: object) -> None:
        self._infos = tuple(msgspec.convert(records, list[AgentInfo]))
        if self._agent.is_attached:
            self._offer()

    def _offers(self) -> dict[str, Choosable]:
        info = info_of(self._infos, self._agent.value)
        found = {one.key: one for one in choosable(info) if one.key in ("mode", "model")}
        level = effort(info)
        return {**found, "effort": level} if level is not None else found

    def _offer(self) -> None:
        offers = self._offers()
        for what, row in self._rows.items():
            one = offers.get(what)
            named = [Option(value.id, clean.line(value.name)) for value in one.values] if one is not None else []
            row.offer([self._unchosen, *named])
            if row.parent is not None:
                row.parent.display = bool(named)
