"""The registry of agents: the known ones and those that the config adds.

Each speaks the Agent Client Protocol on its standard input and output. An entry of the config with a known name
changes that agent's command or adds to its environment.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from agor_core.agents.acp import AcpAdapter
from agor_core.agents.adapter import Adapter
from agor_core.agents.environment import VENDORS, agent_environment
from agor_core.config.settings import Settings
from agor_core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class AgentSpec:
    """The facts needed to start an agent and to use its protocol.

    ``ask_mode`` is the session mode in which it asks before it acts; it has to be set after every new, load, resume
    and fork, since agents fall back to their own. None: it asks by itself, or nothing is known about it.
    ``fork_point`` says whether its own fork can start at an earlier message: ``none`` or ``message_id``
    (``_meta.jetbrains.air.fork`` with the ``messageId`` of an ``agent_message_chunk``). ``variables`` are the names of
    the variables that it is given of the daemon's environment, besides those for every agent; ``network`` adds those
    about the network.
    """

    name: str
    title: str
    command: tuple[str, ...]
    install_hint: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    ask_mode: str | None = None
    fork_point: str = "none"
    adapter: Callable[[], Adapter] = AcpAdapter
    variables: tuple[str, ...] = ()
    network: bool = True

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment of its process, out of the daemon's."""
        return agent_environment(environ, self.variables, network=self.network, given=self.env)


DEMO_COMMAND = (sys.executable, "-P", "-m", "agor_core.agents.demo")
"""``-P``: a module in the session's directory must not shadow the standard library."""

KNOWN = (
    AgentSpec(
        "claude-code",
        "Claude Code",
        ("claude-agent-acp",),
        "npm install --global @agentclientprotocol/claude-agent-acp",
        ask_mode="default",
        fork_point="message_id",
    ),
    AgentSpec(
        "codex",
        "Codex",
        ("codex-acp",),
        "npm install --global @agentclientprotocol/codex-acp @openai/codex",
        ask_mode="read-only",
        fork_point="message_id",
    ),
    AgentSpec(
        "gemini",
        "Gemini CLI",
        ("gemini", "--acp"),
        "npm install --global @google/gemini-cli",
        ask_mode="default",
    ),
    AgentSpec(
        "cursor",
        "Cursor",
        ("cursor-agent", "acp"),
        "curl https://cursor.com/install -fsS | bash",
    ),
    AgentSpec(
        "opencode",
        "OpenCode",
        ("opencode", "acp"),
        "npm install --global opencode-ai",
        # It has no mode that asks for permission; a variable of its environment makes it ask.
        env={"OPENCODE_PERMISSION": '{"edit":"ask","bash":"ask","webfetch":"ask"}'},
    ),
    AgentSpec(
        "qwen",
        "Qwen Code",
        ("qwen", "--acp"),
        "npm install --global @qwen-code/qwen-code",
        ask_mode="default",
    ),
    AgentSpec(
        "demo",
        "Demo",
        DEMO_COMMAND,
        "nothing: it is part of Agor",
        ask_mode="ask",
        fork_point="message_id",
        network=False,
    ),
)


def registry(settings: Settings) -> dict[str, AgentSpec]:
    """Every agent by name: the known ones in our order, then the config's."""
    agents = {spec.name: replace(spec, variables=VENDORS[spec.name]) for spec in KNOWN}
    for name, given in settings.agents.items():
        spec = agents.get(name) or AgentSpec(name, name, ())
        if not given.command and not spec.command:
            place = f"agents.{name}.command"
            raise InvalidInput(f"{place} is missing: it says how {name} is started.", place=place)
        agents[name] = replace(
            spec,
            title=given.title or spec.title,
            command=given.command or spec.command,
            env={**spec.env, **given.env},
            variables=(*spec.variables, *given.inherit),
        )
    return agents


def find(agents: Mapping[str, AgentSpec], name: str) -> AgentSpec:
    """The agent of that name. Raises InvalidInput with all names."""
    if (spec := agents.get(name)) is None:
        raise InvalidInput(f"{name!r} is not a registered agent; there are: {', '.join(agents)}.", place="agent")
    return spec
