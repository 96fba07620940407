"""An agent: a program that speaks the Agent Client Protocol, as the daemon reports it."""

import msgspec


class AgentChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A permission mode or a model that an agent offers, by its id and the agent's name for it."""

    id: str
    name: str


class AgentOption(msgspec.Struct, frozen=True, kw_only=True):
    """A further option of a session, such as the effort, with its values; ``category`` is the protocol's."""

    id: str
    name: str
    category: str
    values: tuple[AgentChoice, ...] = ()


class AgentInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One registered agent; ``capabilities`` are known once it has been started (``load``, ``resume``, ``fork`` …).

    ``modes``, ``models`` and ``options`` are known once it has opened a conversation, also after a restart.
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
    options: tuple[AgentOption, ...] = ()
