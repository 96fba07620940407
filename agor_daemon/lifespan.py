"""The daemon's components: opened in order, and closed in the opposite order whatever fails between."""

import contextlib
import logging
import os
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Protocol

from agor_core.agents.registry import AgentSpec, registry
from agor_core.clock import Clock
from agor_core.config.paths import Paths
from agor_core.config.settings import Settings
from agor_core.db.store import Store, open_store, sqlite_url
from agor_core.git.files import SizeLimits
from agor_core.ids import SessionId
from agor_core.repositories import search_indexing
from agor_core.wire.feed import Delta
from agor_daemon import notifying
from agor_daemon.access.descent import Agents
from agor_daemon.feed.hub import Hub
from agor_daemon.services.catalogue import Catalogue, catalogue
from agor_daemon.services.context import CompareCalls, Context, StandingCalls, SupervisorCalls
from agor_daemon.supervisor.limits import Limits
from agor_daemon.supervisor.supervisor import Supervisor

logger = logging.getLogger(__name__)

AGENTS_GRACE = 8.0
"""Seconds that agents get to end their turns when the daemon stops."""


class SupervisorLifecycle(SupervisorCalls, Protocol):
    """The calls of the supervisor that its owner uses besides."""

    def session_of(self, pid: int, started: str) -> SessionId | None: ...
    async def settle(self) -> int: ...
    async def drain(self) -> None: ...
    async def close(self, *, grace: float) -> None: ...


MakeSupervisor = Callable[
    [Store, Mapping[str, AgentSpec], Paths, Clock, Callable[[Delta], None], Mapping[str, str], Limits],
    SupervisorLifecycle,
]


class Components:
    """The components of a running daemon."""

    def __init__(self, store: Store, hub: Hub, supervisor: SupervisorLifecycle, services: Catalogue) -> None:
        self.store = store
        self.hub = hub
        self.catalogue = services
        self._supervisor = supervisor
        self._agents_closed = False

    @property
    def standings(self) -> StandingCalls:
        """How worktrees stand, and what room everything takes."""
        return self._supervisor.standings

    @property
    def comparing(self) -> CompareCalls:
        """Compares sessions."""
        return self._supervisor.comparing

    @property
    def agents(self) -> Agents:
        """The agents that run, by their processes."""
        return self._supervisor

    def running(self) -> int:
        """The number of running sessions."""
        return self._supervisor.running

    async def drain(self) -> None:
        """Wait for the running turns; no other begins."""
        await self._supervisor.drain()

    async def close_agents(self) -> None:
        """End all turns and agents; a second call does nothing."""
        if not self._agents_closed:
            self._agents_closed = True
            await self._supervisor.close(grace=AGENTS_GRACE)


def database_url(settings: Settings, paths: Paths) -> str:
    """The address of the store."""
    return settings.database_url or sqlite_url(paths.database)


def real_supervisor(
    store: Store,
    agents: Mapping[str, AgentSpec],
    paths: Paths,
    clock: Clock,
    on_delta: Callable[[Delta], None],
    environ: Mapping[str, str],
    limits: Limits,
) -> SupervisorLifecycle:
    """A supervisor that starts real agents."""
    return Supervisor(store, agents, paths, clock, on_delta=on_delta, environ=environ, limits=limits)


@contextlib.asynccontextmanager
async def open_components(
    settings: Settings, paths: Paths, clock: Clock, *, supervisor: MakeSupervisor = real_supervisor
) -> AsyncIterator[Components]:
    """Open store, feed and supervisor, and recover from a crash. Raises StoreUnusable and InvalidInput."""
    async with contextlib.AsyncExitStack() as stack:
        agents = registry(settings)
        store = await open_store(
            database_url(settings, paths),
            clock=clock,
            feed_rows=settings.daemon.feed_rows,
            feed_days=settings.daemon.feed_days,
        )
        stack.push_async_callback(store.close)
        hub = await stack.enter_async_context(Hub.opened(store))
        await stack.enter_async_context(search_indexing.in_background(store))
        await stack.enter_async_context(notifying.in_background(store, settings.notify))
        owned = supervisor(store, agents, paths, clock, hub.delta, os.environ, _limits(settings))
        context = Context(store, owned, agents, paths, clock, settings.sessions.worktree)
        components = Components(store, hub, owned, catalogue(context, settings.agents_may))
        stack.push_async_callback(components.close_agents)
        settled = await owned.settle()
        if settled:
            logger.warning("recovered the unfinished tasks of the last run", extra={"tasks": settled})
        yield components


def _limits(settings: Settings) -> Limits:
    megabytes = settings.checkpoints
    one = SizeLimits(megabytes.file_limit * 2**20, megabytes.total_limit * 2**20)
    checks = settings.checks
    return Limits(
        warm=settings.sessions.warm_agents,
        turns=settings.sessions.turns,
        checkpoint=one,
        budget=megabytes.budget * 2**20,
        checks=checks.at_once,
        check=checks.time_limit,
        check_tasks=checks.after_tasks,
    )
