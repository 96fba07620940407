"""What all parts of the supervisor share: store, agents, folders, clock, limits and who is told of live text."""

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agor_core.agents.installed import agent_environment, resolve_command
from agor_core.agents.registry import AgentSpec, find
from agor_core.clock import Clock
from agor_core.config.paths import Paths
from agor_core.db.store import Store
from agor_core.errors import AgentNotInstalled
from agor_core.ids import SessionId
from agor_core.wire.feed import Delta
from agor_daemon.supervisor.agents.process_journal import ProcessJournal
from agor_daemon.supervisor.agents.process_tree import marks
from agor_daemon.supervisor.limits import Limits
from agor_daemon.supervisor.turns.approvals import Approvals
from agor_daemon.supervisor.workspaces.workspaces import Workspaces


@dataclass(frozen=True, slots=True)
class Learned:
    """What an agent said of itself when it was last started."""

    version: str | None
    capabilities: frozenset[str]


@dataclass(slots=True)
class Resources:
    """Handed to every part; nothing here belongs to one session."""

    store: Store
    agents: Mapping[str, AgentSpec]
    paths: Paths
    clock: Clock
    on_delta: Callable[[Delta], None]
    environ: Mapping[str, str]
    limits: Limits
    approvals: Approvals = field(init=False)
    workspaces: Workspaces = field(init=False)
    roster: ProcessJournal = field(init=False)
    learned: dict[str, Learned] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.approvals = Approvals(self.store, self.clock)
        self.workspaces = Workspaces(self.store, self.paths, self.clock)
        self.roster = ProcessJournal(self.paths.home / "agents.json")

    def spec(self, name: str) -> AgentSpec:
        """A registered agent. Raises InvalidInput."""
        return find(self.agents, name)

    def command(self, spec: AgentSpec) -> tuple[str, ...]:
        """How to start it. Raises AgentNotInstalled."""
        command = resolve_command(spec, self.environ.get("PATH", ""))
        if command is None:
            raise AgentNotInstalled(spec.name, spec.install_hint)
        return command

    def environment(self, spec: AgentSpec, session_id: SessionId) -> dict[str, str]:
        """What an agent of this session is started with: the allowed part of ours, and the way back to us."""
        environment = agent_environment(spec, self.environ)
        environment["AGOR_SESSION_ID"] = session_id
        environment["AGOR_HOME"] = str(self.paths.home)
        environment["AGOR_DEMO_HOME"] = str(self.paths.agents / "demo")
        if shutil.which("agor", path=environment.get("PATH", "")) is None:
            ours = str(Path(sys.executable).parent)
            environment["PATH"] = f"{environment['PATH']}:{ours}" if environment.get("PATH") else ours
        return environment

    def mark(self, session_id: SessionId) -> tuple[bytes, ...]:
        """By what in their environment the processes of a session's agent are known."""
        return marks(AGOR_SESSION_ID=session_id, AGOR_HOME=str(self.paths.home))
