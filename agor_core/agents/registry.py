"""The registry of agents: the known ones and those that the config adds.

Each speaks the Agent Client Protocol on its standard input and output. An entry of the config with a known name
changes that agent's command or adds to its environment.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from agor_core.agents import reach, recognition
from agor_core.agents.acp import AcpAdapter
from agor_core.agents.adapter import Adapter
from agor_core.agents.environment import VENDORS, agent_environment
from agor_core.agents.mcp import McpServer, servers_of
from agor_core.config.settings import AgentSettings, Settings
from agor_core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class AgentSpec:
    """The facts needed to start an agent and to use its protocol.

    ``ask_mode`` is the session mode in which it asks before it acts; it has to be set after every new, load, resume
    and fork, since agents fall back to their own. None: if it does not ``ask_unset``, which is to ask by itself, a mode
    is looked for among those that it offers. ``model`` is the one to use where a session names none.
    ``known_as`` is the name of the known agent that it is; None for a stranger.
    ``fork_point`` says whether its own fork can start at an earlier message: ``none`` or ``message_id``
    (``_meta.jetbrains.air.fork`` with the ``messageId`` of an ``agent_message_chunk``). ``variables`` are the names of
    the variables that it is given of the daemon's environment, besides those for every agent; ``network`` adds those
    about the network. ``file_methods``: it works better with the client's file methods (Gemini cannot write a new file
    if they are offered). ``mcp`` are the MCP servers that it is told of.
    """

    name: str
    title: str
    command: tuple[str, ...]
    install_hint: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    ask_mode: str | None = None
    ask_unset: bool = False
    model: str | None = None
    known_as: str | None = None
    file_methods: bool = False
    fork_point: str = "none"
    adapter: Callable[[], Adapter] = AcpAdapter
    variables: tuple[str, ...] = ()
    network: bool = True
    mcp: tuple[McpServer, ...] = ()

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
        adapter=partial(AcpAdapter, reach.claude),
    ),
    AgentSpec(
        "codex",
        "Codex",
        ("codex-acp",),
        "npm install --global @agentclientprotocol/codex-acp @openai/codex",
        ask_mode="read-only",
        fork_point="message_id",
        adapter=partial(AcpAdapter, reach.codex),
    ),
    AgentSpec(
        "gemini",
        "Gemini CLI",
        ("gemini", "--acp"),
        "npm install --global @google/gemini-cli",
        ask_mode="default",
        adapter=partial(AcpAdapter, reach.gemini),
    ),
    AgentSpec(
        "cursor",
        "Cursor",
        ("cursor-agent", "acp"),
        "curl https://cursor.com/install -fsS | bash",
        ask_unset=True,  # by its documentation
    ),
    AgentSpec(
        "opencode",
        "OpenCode",
        ("opencode", "acp"),
        "npm install --global opencode-ai",
        # It has no mode that asks for permission; a variable of its environment makes it ask.
        env={"OPENCODE_PERMISSION": '{"edit":"ask","bash":"ask","webfetch":"ask"}'},
        ask_unset=True,
        file_methods=True,
    ),
    AgentSpec(
        "qwen",
        "Qwen Code",
        ("qwen", "--acp"),
        "npm install --global @qwen-code/qwen-code",
        ask_mode="default",
        file_methods=True,
        adapter=partial(AcpAdapter, reach.qwen),
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
    """Every agent by name: the known ones in our order, then the config's.

    An agent that the config adds is taken for a known one if it says so (``adapter``), or by its command.
    """
    known = {spec.name: replace(spec, variables=VENDORS[spec.name], known_as=spec.name) for spec in KNOWN}
    agents = dict(known)
    for name, given in settings.agents.items():
        spec = agents.get(name) or _added(name, given, known)
        if not given.command and not spec.command:
            place = f"agents.{name}.command"
            raise InvalidInput(f"{place} is missing: it says how {name} is started.", place=place)
        agents[name] = replace(
            spec,
            title=given.title or spec.title,
            command=given.command or spec.command,
            env={**spec.env, **given.env},
            variables=(*spec.variables, *given.inherit),
            ask_mode=given.mode or spec.ask_mode,
            model=given.model or spec.model,
        )
    return {name: replace(spec, mcp=servers_of(settings.mcp, name)) for name, spec in agents.items()}


def _added(name: str, given: AgentSettings, known: Mapping[str, AgentSpec]) -> AgentSpec:
    """An agent of the config before its settings: a known one under another name, or a stranger."""
    if given.adapter is not None and given.adapter not in known:
        place = f"agents.{name}.adapter"
        raise InvalidInput(f"{place}: {given.adapter!r} is none of {', '.join(known)}.", place=place)
    kind = given.adapter or recognition.by_command(given.command)
    return AgentSpec(name, name, ()) if kind is None else replace(known[kind], name=name, title=name)


def introduced(spec: AgentSpec, agent_name: str | None) -> AgentSpec:
    """A spec after its program gave its own name: a stranger may turn out to be a known agent."""
    if spec.known_as is not None or (kind := recognition.by_name(agent_name)) is None:
        return spec
    known = next(one for one in KNOWN if one.name == kind)
    return replace(
        spec,
        known_as=kind,
        ask_mode=spec.ask_mode or known.ask_mode,
        fork_point=known.fork_point,
        adapter=known.adapter,
    )


def find(agents: Mapping[str, AgentSpec], name: str) -> AgentSpec:
    """The agent of that name. Raises InvalidInput with all names."""
    if (spec := agents.get(name)) is None:
        raise InvalidInput(f"{name!r} is not a registered agent; there are: {', '.join(agents)}.", place="agent")
    return spec
