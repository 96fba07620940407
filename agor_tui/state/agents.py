"""The version of an agent, as far as it is known."""

from agor_core import __version__
from agor_core.domain.agent import AgentInfo
from agor_tui.state.clean import line

DEMO_MODULE = "agor_core.agents.demo"


def version(info: AgentInfo) -> str:
    """The version that the agent reported when it ran last; ours for the demo agent before it ran; else empty."""
    return line(info.version) or (__version__ if DEMO_MODULE in info.command else "")
