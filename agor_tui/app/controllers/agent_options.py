"""The commands that change how the agent of a session works: its mode, its model, its effort and further options."""

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from agor_core.domain.agent import AgentInfo
from agor_core.domain.session import Session
from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.app.controllers.subject import Subject
from agor_tui.state.agent_options import choosable, effort, in_use, info_of

if TYPE_CHECKING:
    from agor_tui.app.daemon_link import DaemonLink
    from agor_tui.app.host import Host

MODE = Command("session.mode", "m", "Change the permission mode of the agent", "", "Session")
MODEL = Command("session.model", "M", "Change the model", "", "Session")
EFFORT = Command("session.effort", "E", "Change the effort, and the agent's further options", "", "Session")

NOT_KNOWN = "What {agent} offers is known once it has run; give the session its first prompt."
NO_CHOICE = "{agent} offers no choice of {what}."


class AgentOptions(Controller):
    """Asks the daemon what the agent offers by now, then opens the form at the right field."""

    COMMANDS = (MODE, MODEL, EFFORT)

    def __init__(self, host: "Host", link: "DaemonLink", subject: Subject) -> None:
        super().__init__(
            {
                MODE: partial(self.change, "mode"),
                MODEL: partial(self.change, "model"),
                EFFORT: partial(self.change, "effort"),
            }
        )
        self._host = host
        self._link = link
        self._subject = subject

    def offered(self, command: Command) -> Reason | None:  # noqa: ARG002 - the three are alike
        return self._subject.no_session if self._subject.session is None else None

    def change(self, what: str) -> None:
        """Open the form for the selected session."""
        session = self._subject.session
        if session is None:
            return

        def known(answer: dict[str, Any]) -> None:
            self._open(session, what, msgspec.convert(answer["data"], list[AgentInfo]))

        self._link.call_to_open(lambda daemon: daemon.find("agents", {"name": session.agent}), known)

    def _open(self, session: Session, what: str, agents: list[AgentInfo]) -> None:
        from agor_tui.app.dialogs.agent_options import AgentOptionsForm

        info = info_of(agents, session.agent)
        offered = choosable(info, session)
        level = effort(info, session)
        first = what if what != "effort" else level.key if level is not None else ""
        keys = [one.key for one in offered]
        if not offered:
            self._host.say(NOT_KNOWN.format(agent=session.agent))
        elif first not in keys and what != "effort":
            self._host.say(NO_CHOICE.format(agent=session.agent, what=what))
        else:
            form = AgentOptionsForm(self._link, session, offered, first if first in keys else keys[-1])
            self._host.push_screen(form, self._changed)

    def _changed(self, record: dict[str, Any] | None) -> None:
        if record is not None:
            self._host.say(f"In use: {', '.join(in_use(msgspec.convert(record, Session)))}.")
