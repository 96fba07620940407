"""Everything that turns and branches share: store, clock, limits, workspaces and the agents' programs."""

from collections.abc import Callable
from dataclasses import dataclass

from agor_core.clock import Clock
from agor_core.db.store import Store
from agor_core.wire.feed import Delta
from agor_daemon.supervisor.agents.programs import AgentPrograms
from agor_daemon.supervisor.limits import Limits
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
