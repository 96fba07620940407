"""The programs of agents: their commands and environments, and the version and capabilities of each."""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from agor_core.agents.installed import resolve_command
from agor_core.agents.options import Choices, SessionOptions
from agor_core.agents.registry import AgentSpec, find, introduced
from agor_core.config.paths import Paths
from agor_core.domain.agent import AgentChoice, AgentInfo, AgentOption
from agor_core.errors import AgentNotInstalled
from agor_core.git.durability import synced_environment
from agor_core.ids import SessionId
from agor_daemon.supervisor.agents.introductions import Introduction, Introductions, program_of
from agor_daemon.supervisor.agents.process_journal import ProcessJournal


class AgentPrograms:
    """Every registered agent; ``journal`` notes the processes that run."""

    def __init__(self, specs: Mapping[str, AgentSpec], paths: Paths, environ: Mapping[str, str]) -> None:
        self.journal = ProcessJournal(paths.home / "agents.json")
        self._specs = specs
        self._paths = paths
        self._environ = environ
        self._introductions = Introductions(paths.home / "agents-known.json")

    def __contains__(self, name: str) -> bool:
        return name in self._specs

    def spec(self, name: str) -> AgentSpec:
        """A registered agent, as far as it is known by now. Raises InvalidInput."""
        spec = find(self._specs, name)
        known = self._known(spec)
        return introduced(spec, known.name if known else None)

    def command(self, spec: AgentSpec) -> tuple[str, ...]:
        """The command that starts an agent. Raises AgentNotInstalled."""
        command = self._resolved(spec)
        if command is None:
            raise AgentNotInstalled(spec.name, spec.install_hint)
        return command

    def environment(self, spec: AgentSpec, session_id: SessionId) -> dict[str, str]:
        """The environment for a session's agent: the allowed part of the daemon's, and the way back to the daemon."""
        environment = spec.environment(self._environ)
        environment |= synced_environment(environment)
        environment |= self.mark(session_id)
        environment["AGOR_DEMO_HOME"] = str(self._paths.agents / "demo")
        if shutil.which("agor", path=environment.get("PATH", "")) is None:
            ours = str(Path(sys.executable).parent)
            environment["PATH"] = f"{environment['PATH']}:{ours}" if environment.get("PATH") else ours
        return environment

    def mark(self, session_id: SessionId) -> dict[str, str]:
        """The environment entries by which the processes of a session's agent are known."""
        return {"AGOR_SESSION_ID": session_id, "AGOR_HOME": str(self._paths.home)}

    def session_of(self, pid: int, started: str) -> SessionId | None:
        """The session whose agent runs as this process."""
        entry = self.journal.get(pid)
        return SessionId(entry.session_id) if entry is not None and entry.started == started else None

    def introduce(self, name: str, version: str | None, capabilities: frozenset[str], agent_name: str | None) -> None:
        """Remember what an agent said of itself at its start."""
        program = program_of(self._resolved(self._specs[name]) or ())
        said = Introduction(version, capabilities, agent_name, self.options(name), program)
        self._introductions.put(name, said)

    def offer(self, name: str, options: SessionOptions) -> None:
        """Remember the modes and models that an agent offers."""
        if name in self._specs and (known := self._known(self._specs[name])) is not None:
            self._introductions.put(name, replace(known, options=options))

    def options(self, name: str) -> SessionOptions:
        """The modes and models that an agent offered last; none before its first conversation."""
        known = self._known(self._specs[name]) if name in self._specs else None
        return known.options if known else SessionOptions()

    def infos(self) -> list[AgentInfo]:
        """Every registered agent; version and capabilities are known once it has been started."""
        return [self._info(spec) for spec in self._specs.values()]

    def _info(self, spec: AgentSpec) -> AgentInfo:
        command = self._resolved(spec)
        known = self._introductions.get(spec.name, lambda: command)
        options = known.options if known is not None else SessionOptions()
        return AgentInfo(
            name=spec.name,
            title=spec.title,
            installed=command is not None,
            version=known.version if known else None,
            command=command or spec.command,
            install_hint=spec.install_hint,
            capabilities=tuple(sorted(known.capabilities)) if known else (),
            modes=_choices(options.modes),
            models=_choices(options.models),
            options=tuple(
                AgentOption(id=one.id, name=one.name, category=one.category, values=_choices(one.choices))
                for one in options.others
            ),
        )

    def _known(self, spec: AgentSpec) -> Introduction | None:
        return self._introductions.get(spec.name, lambda: self._resolved(spec))

    def _resolved(self, spec: AgentSpec) -> tuple[str, ...] | None:
        return resolve_command(spec, self._environ.get("PATH", ""))


def _choices(choices: Choices) -> tuple[AgentChoice, ...]:
    return tuple(AgentChoice(id=choice.id, name=choice.name) for choice in choices.offered)
