"""Agents as they are shown: which version each is, as far as that is known."""

from agor_core import __version__
from agor_core.domain.agent import AgentInfo
from agor_tui.state.clean import line

DEMO_MODULE = "agor_core.agents.demo"


def version(info: AgentInfo) -> str:
    """The version that it told when it ran last; that of our own demo is ours, before it has run; else empty."""
    return line(info.version) or (__version__ if DEMO_MODULE in info.command else "")
