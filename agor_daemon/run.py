"""One run of the daemon, from taking the lock to the exit: the command ``agor_daemon run``."""

import asyncio
import contextlib
import gc
import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import uvloop

from agor_core import __version__, ids
from agor_core.clock import Clock, timestamp
from agor_core.config import pidfile
from agor_core.config.paths import Paths
from agor_core.config.pidfile import DaemonInfo
from agor_core.config.settings import Settings
from agor_core.db import migrate, schema, sqlite_version, store_lock
from agor_core.db.engines import sqlite_file
from agor_core.db.store_holder import Hold
from agor_core.errors import CannotStart, StoreLost
from agor_daemon import lockfile, processes, sockets
from agor_daemon.access import origin
from agor_daemon.access.admission import Admission, raise_descriptor_limit
from agor_daemon.access.middleware import AccessRules
from agor_daemon.access.peer import open_peer_lookup, own_uid
from agor_daemon.access.token import load_or_create
from agor_daemon.app import application
from agor_daemon.daily_backups import DailyBackups
from agor_daemon.home_watch import HomeWatch
from agor_daemon.lifespan import MakeSupervisor, database_url, open_components, real_supervisor
from agor_daemon.logging import log_to_file
from agor_daemon.routes.health import Health, HealthReport
from agor_daemon.server import Door, StopRequest, make_exit, serve
from agor_daemon.sockets import Listening

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Setup:
    """The settings and resources of a daemon before its event loop starts."""

    settings: Settings
    paths: Paths
    clock: Clock
    listening: Listening
    token: bytes
    held: Hold
    warnings: tuple[str, ...] = ()


def run(
    settings: Settings,
    paths: Paths,
    clock: Clock,
    ready: Callable[[DaemonInfo], None],
    warnings: Sequence[str] = (),
) -> None:
    """Run the daemon of an existing home until a signal stops it; the ``warnings`` about the home go to the log.

    ``ready`` is called once it answers requests. Raises AlreadyRunning, CannotStart, StoreUnusable and InvalidInput
    before that, and releases everything.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(lockfile.hold(paths.lock))
        stack.enter_context(log_to_file(paths.daemon_log, settings.daemon.log_level))
        if not processes.become_subreaper():
            logger.warning("this system has no subreapers: what agents ask of the daemon counts as the user's own")
        for warning in warnings:
            logger.warning(warning)
        listening = stack.enter_context(sockets.listen(settings.daemon, paths))
        token = load_or_create(paths.token)
        url = database_url(settings, paths)
        held = stack.enter_context(store_lock.hold(url, paths))
        migrate.prepare(url, backups=paths.backups, clock=clock)
        stack.callback(pidfile.remove_own, paths.pid)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_until_signalled(Setup(settings, paths, clock, listening, token, held, tuple(warnings)), ready))


async def _until_signalled(setup: Setup, ready: Callable[[DaemonInfo], None]) -> None:
    stop = StopRequest(make_exit(lambda: pidfile.remove_own(setup.paths.pid), setup.listening.remove))

    def announced(info: DaemonInfo) -> None:
        ready(info)
        gc.freeze()  # the modules and components stay for good: later collections need not traverse them

    with stop.on_signals():
        await run_until_stopped(setup, stop, announced)


async def run_until_stopped(
    setup: Setup,
    stop: StopRequest,
    ready: Callable[[DaemonInfo], None],
    *,
    supervisor: MakeSupervisor = real_supervisor,
) -> None:
    """Answer requests until ``stop`` is requested; ``ready`` is called once they are answered."""
    settings, paths, clock, listening = setup.settings, setup.paths, setup.clock, setup.listening
    info = pidfile.of_this_process(
        version=__version__, port=listening.port, socket=str(listening.path), started_at=timestamp(clock.now())
    )

    def answering() -> None:
        _write_pid(paths, info)
        logger.info("ready", extra={"port": info.port, "socket": info.socket, "version": info.version})
        ready(info)

    names = origin.allowed_names(info.port, settings.daemon.allowed_hosts)
    rules = AccessRules(names, setup.token, token_for_all=sockets.beyond_loopback(settings.daemon))
    admission = Admission(raise_descriptor_limit(), own_uid())
    backups = DailyBackups(database_url(settings, paths), paths.backups, clock)
    async with open_components(settings, paths, clock, supervisor=supervisor) as components:
        health = Health(
            report(settings, paths, info, setup.warnings),
            clock,
            sessions_running=components.running,
            clients=components.hub.count,
            admission=admission,
            faults=lambda: backups.faults,
        )
        watch = HomeWatch(
            paths, components.store, setup.held, lambda _: None if stop.requested.is_set() else stop.request()
        )
        beside = [
            asyncio.create_task(watch.run(), name="watch the home"),
            asyncio.create_task(backups.run(), name="back up daily"),
        ]
        warm = asyncio.create_task(asyncio.to_thread(ids.new_id), name="import what makes ids")
        try:
            with open_peer_lookup() as peers:
                door = Door(listening.sockets, admission, peers)
                await serve(application(components, rules, health, watch.check), components, door, stop, answering)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.wait([warm, *beside])
    if watch.lost is not None:
        raise StoreLost(watch.lost)
    logger.info("stopped")


def report(settings: Settings, paths: Paths, info: DaemonInfo, warnings: Sequence[str] = ()) -> HealthReport:
    """The constant part of the health report, without a database's password."""
    embedded = sqlite_file(database_url(settings, paths)) is not None
    fault = sqlite_version.warning() if embedded else None
    return HealthReport(
        version=info.version,
        schema=schema.HEAD,
        pid=info.pid,
        started_at=info.started_at,
        home=str(paths.home),
        port=info.port,
        socket=info.socket,
        log=str(paths.daemon_log),
        database=_without_secrets(database_url(settings, paths)),
        sqlite=sqlite3.sqlite_version if embedded else None,
        warnings=(*warnings, *([fault] if fault else [])),
    )


def _without_secrets(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return url if scheme.startswith("sqlite") else f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"


def _write_pid(paths: Paths, info: DaemonInfo) -> None:
    try:
        pidfile.write(paths.pid, info)
        paths.former_pid.unlink(missing_ok=True)
    except OSError as error:
        raise CannotStart(f"The pid file {paths.pid} cannot be written: {error.strerror}.") from None
