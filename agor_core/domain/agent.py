"""An agent: a program that speaks the Agent Client Protocol, as the daemon reports it."""

import msgspec


class AgentChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A permission mode or a model that an agent offers, by its id and the agent's name for it."""

    id: str
    name: str


class AgentInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One registered agent; ``capabilities`` are known once it has been started (``load``, ``resume``, ``fork`` …).

    ``modes`` and ``models`` are known once it has opened a conversation.
    """

    name: str
    title: str
    installed: bool
    version: str | None = None
    command: tuple[str, ...] = ()
    install_hint: str = ""
    capabilities: tuple[str, ...] = ()
    modes: tuple[AgentChoice, ...] = ()
    models: tuple[AgentChoice, ...] = ()
