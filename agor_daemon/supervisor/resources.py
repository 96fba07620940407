"""Everything that turns and branches share: store, clock, limits, workspaces, the agents' programs, checks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agor_core.agents.registry import AgentSpec
from agor_core.clock import Clock
from agor_core.config.paths import Paths
from agor_core.db.store import Store
from agor_core.wire.feed import Delta
from agor_daemon.supervisor.agents.programs import AgentPrograms
from agor_daemon.supervisor.checks.checks import Checks
from agor_daemon.supervisor.limits import Limits
from agor_daemon.supervisor.turn_slots import TurnSlots
from agor_daemon.supervisor.warm_pool import WarmPool
from agor_daemon.supervisor.workspaces.workspaces import Workspaces


@dataclass(frozen=True, slots=True)
class Resources:
    """Nothing here belongs to one session; ``on_delta`` gets the live text of all."""

    store: Store
    clock: Clock
    limits: Limits
    on_delta: Callable[[Delta], None]
    programs: AgentPrograms
    workspaces: Workspaces
    warm: WarmPool
    checks: Checks
    slots: TurnSlots


def resources_of(
    store: Store,
    agents: Mapping[str, AgentSpec],
    paths: Paths,
    clock: Clock,
    on_delta: Callable[[Delta], None],
    environ: Mapping[str, str],
    limits: Limits,
) -> Resources:
    """The resources of a supervisor."""
    programs = AgentPrograms(agents, paths, environ)
    workspaces = Workspaces(store, paths, clock, limits)
    checks = Checks(store, clock, limits, programs, workspaces, paths)
    warm, slots = WarmPool(limits.warm), TurnSlots(limits.turns)
    return Resources(store, clock, limits, on_delta, programs, workspaces, warm, checks, slots)
