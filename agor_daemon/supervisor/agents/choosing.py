"""Choosing mode, model and further options of a conversation: checked against the offer, sent, noted as reported."""

from collections.abc import Mapping

from agor_core.agents.options import ConfigOption, SessionOptions, asking_mode
from agor_core.agents.registry import AgentSpec
from agor_core.domain.message import Role
from agor_core.domain.session import Session
from agor_core.errors import AgentFailed, InvalidInput
from agor_daemon.supervisor.agents.connection import AgentConnection
from agor_daemon.supervisor.recording.recorder import Recorder

Wishes = Mapping[str, str | None]
"""The ``mode`` and the ``model`` that are wanted, as far as they are; None for the agent's own.

Any other name is that of a further option, which always has a value.
"""
MAIN = ("mode", "model")


def checked(spec: AgentSpec, options: SessionOptions, wishes: Wishes) -> dict[str, str | None]:
    """The wishes as ids of what an agent offered last. What is not known yet is checked when the agent starts.

    Raises InvalidInput, which lists what it offers.
    """
    offers = {"mode": options.modes, "model": options.models}
    known = bool(options.modes.offered or options.models.offered or options.others)
    found: dict[str, str | None] = {}
    for what, wanted in wishes.items():
        if what in offers:
            fits = wanted is None or not offers[what].offered
            found[what] = wanted if fits else offers[what].required(str(wanted), what=what, agent=spec.title)
        elif not known:
            found[what] = wanted
        else:
            option = required_option(options, what, spec)
            found[option.id] = option.choices.required(str(wanted), what=option.name.lower(), agent=spec.title)
    return found


def required_option(options: SessionOptions, wanted: str, spec: AgentSpec) -> ConfigOption:
    """The further option of this id or name. Raises InvalidInput, which lists those that there are."""
    if (option := options.option(wanted)) is not None:
        return option
    names = ", ".join((*MAIN, *(one.id for one in options.others)))
    raise InvalidInput(f"{spec.title} has no option {wanted!r}; it has: {names}.", place=wanted[:40])


class Choosing:
    """Changes one open conversation; each call has ``limit`` seconds."""

    def __init__(
        self, connection: AgentConnection, spec: AgentSpec, recorder: Recorder, agent_session_id: str, limit: float
    ) -> None:
        self._connection = connection
        self._spec = spec
        self._recorder = recorder
        self._selection = recorder.adapter.selection
        self._opened = agent_session_id
        self._limit = limit

    async def begin(self, session: Session) -> None:
        """Set mode and model after an opening, each time: agents fall back to modes that may ask nothing.

        Raises InvalidInput for what the agent does not offer, and AgentFailed for what it does not do.
        """
        again = bool(session.agent_sessions)
        mode = session.mode or self._spec.ask_mode
        if mode is None and not self._spec.ask_unset:
            mode = asking_mode(self._selection.options.modes)
            if mode is None and not again:
                self._recorder.add_message(Role.SYSTEM, self._warning())
        if mode is not None:
            await self.mode(mode)
        if (model := session.model or self._spec.model) is not None:
            await self._begin_with(model, again=again)
        for what, value in session.options.items():
            await self._begin_with_option(what, value, again=again)
        self._recorder.note_choices()

    async def change(self, wishes: Wishes) -> dict[str, str | None]:
        """Send wishes to the agent; what it is in afterwards. Raises InvalidInput, AgentFailed."""
        wishes = {**wishes}
        if "mode" in wishes and wishes["mode"] is None:
            wishes["mode"] = self._spec.ask_mode or asking_mode(self._selection.options.modes)
        wishes = checked(self._spec, self._selection.options, wishes)
        for what, wanted in wishes.items():
            if wanted is None:
                self._check_unset(what)
            elif what == "mode":
                await self.mode(wanted)
            elif what == "model":
                await self.model(wanted)
            else:
                await self.option(what, wanted)
        self._recorder.note_choices()
        used = {**self._selection.in_use(), **self._selection.chosen_in_use()}
        return {what: used.get(what) for what in wishes}

    async def mode(self, wanted: str) -> None:
        """Enter a mode. Raises InvalidInput, and AgentFailed if the agent refuses it or reports another afterwards."""
        modes = self._selection.options.modes
        mode = modes.required(wanted, what="mode", agent=self._spec.title) if modes.offered else wanted
        reports = self._selection.reports
        if modes.option is not None:
            await self._connection.set_option(self._opened, modes.option, mode, self._limit)
        else:
            await self._connection.set_mode(self._opened, mode, self._limit)
        if self._selection.reports == reports:
            self._selection.assume(mode=mode)
        elif (current := self._selection.options.modes.current) != mode:
            self._recorder.note_choices()
            raise AgentFailed(f"{self._spec.title} was to enter its mode {mode!r}, and reports {current!r}.")

    async def model(self, wanted: str) -> None:
        """Use a model. Raises InvalidInput, AgentFailed."""
        models = self._selection.options.models
        model = models.required(wanted, what="model", agent=self._spec.title)
        reports = self._selection.reports
        if models.option is not None:
            await self._connection.set_option(self._opened, models.option, model, self._limit)
        else:
            await self._connection.set_model(self._opened, model, self._limit)
        if self._selection.reports == reports:
            self._selection.assume(model=model)

    async def option(self, wanted: str, value: str) -> None:
        """Set a further option. Raises InvalidInput, AgentFailed."""
        option = required_option(self._selection.options, wanted, self._spec)
        value = option.choices.required(value, what=option.name.lower(), agent=self._spec.title)
        reports = self._selection.reports
        if option.choices.current != value:
            await self._connection.set_option(self._opened, option.id, value, self._limit)
        if self._selection.reports == reports:
            self._selection.assume_option(option.id, value)
        self._selection.chosen.add(option.id)

    async def _begin_with_option(self, what: str, value: str, *, again: bool) -> None:
        """Set a further option; where the agent does not offer it any more, the session says so."""
        options, title = self._selection.options, self._spec.title
        option = options.option(what)
        if again and (option is None or option.choices.id_of(value) is None):
            self._recorder.add_message(Role.SYSTEM, f"{title} does not offer {what} = {value} any more.")
        else:
            await self.option(what, value)

    async def _begin_with(self, model: str, *, again: bool) -> None:
        """Use a model if it is not in use; where it is not offered any more, the session says which one is used."""
        models, title = self._selection.options.models, self._spec.title
        if model == models.current:
            return
        if not models.offered:
            self._recorder.add_message(Role.SYSTEM, f"{title} offers no choice of model; it uses its own.")
        elif again and models.id_of(model) is None:
            gone = f"{title} does not offer {model!r} any more; it uses {models.current}. It offers: {models}."
            self._recorder.add_message(Role.SYSTEM, gone)
        else:
            await self.model(model)

    def _check_unset(self, what: str) -> None:
        offered = self._selection.options.modes if what == "mode" else self._selection.options.models
        if offered.current is not None:
            raise InvalidInput(
                f"{self._spec.title} runs and has to be in some {what}; choose one of: {offered}.", place=what
            )

    def _warning(self) -> str:
        """That the agent may act without asking, and its modes."""
        modes, title = self._selection.options.modes, self._spec.title
        if not modes.offered:
            return f"{title} offers no modes of permission: it alone decides what it asks before it acts."
        named = ", ".join(
            choice.id if choice.id == choice.name else f"{choice.id} ({choice.name})" for choice in modes.offered
        )
        return (
            f"No mode of {title} is known to ask before it acts. It is in {modes.current or 'an unknown one'} and may "
            f"act without asking. Its modes: {named}."
        )
