"""An agent: a program that speaks the Agent Client Protocol, as the daemon reports it."""

import msgspec


class AgentInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One registered agent; ``capabilities`` are known once it has been started (``load``, ``resume``, ``fork`` …)."""

    name: str
    title: str
    installed: bool
    version: str | None = None
    command: tuple[str, ...] = ()
    install_hint: str = ""
    capabilities: tuple[str, ...] = ()
