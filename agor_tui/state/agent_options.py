"""What can be chosen of an agent for a session (mode, model, effort, further options), and what is in use. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from agor_core.domain.agent import AgentChoice, AgentInfo
from agor_core.domain.session import Session

EFFORT = "thought_level"
"""The protocol's category of options for the effort."""


@dataclass(frozen=True, slots=True)
class Choosable:
    """One thing to choose: ``key`` is ``mode``, ``model`` or an option's id; ``now`` is the session's value."""

    key: str
    name: str
    values: tuple[AgentChoice, ...]
    now: str = ""


def info_of(agents: Iterable[AgentInfo], name: str) -> AgentInfo | None:
    """The agent of this name."""
    return next((agent for agent in agents if agent.name == name), None)


def choosable(agent: AgentInfo | None, session: Session | None = None) -> list[Choosable]:
    """All that an agent offers, mode and model first; nothing before its first conversation."""
    if agent is None:
        return []
    mode, model, options = (session.mode, session.model, session.options) if session is not None else ("", "", {})
    main = [Choosable("mode", "mode", agent.modes, mode or ""), Choosable("model", "model", agent.models, model or "")]
    further = [Choosable(one.id, one.name, one.values, options.get(one.id, "")) for one in agent.options]
    return [one for one in (*main, *further) if one.values]


def effort(agent: AgentInfo | None, session: Session | None = None) -> Choosable | None:
    """The option for the effort, if the agent has one."""
    found = next((one.id for one in agent.options if one.category == EFFORT), None) if agent is not None else None
    return next((one for one in choosable(agent, session) if one.key == found), None)


def patch_of(chosen: dict[str, str]) -> dict[str, object]:
    """Chosen values by key as the fields of a request."""
    main: dict[str, object] = {key: value for key, value in chosen.items() if key in ("mode", "model")}
    options = {key: value for key, value in chosen.items() if key not in main}
    return {**main, "options": options} if options else main


def in_use(session: Session) -> list[str]:
    """Model, mode and further options of a session, as far as they are known or chosen."""
    return [one for one in (session.model, session.mode, *_named(session.options)) if one]


def _named(options: dict[str, str]) -> list[str]:
    """Values that say what they are by their option: those of the effort stand for themselves."""
    return [value if name in ("effort", "reasoning_effort") else f"{name} {value}" for name, value in options.items()]
