"""Starting the daemon on demand, stopping it, and its status."""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from agor_core import __version__
from agor_core.config import home_checks, pidfile, settings
from agor_core.config.paths import Paths
from agor_core.config.pidfile import DaemonInfo
from agor_tui.client.daemon import Daemon
from agor_tui.client.errors import DaemonError, NoDaemon, NotAnswering, WrongVersion
from agor_tui.client.process import POLL_SECONDS, StopFailed, gone, launched, reap, signalled
from agor_tui.client.versions import is_newer

START_SECONDS = 15.0
STOP_SECONDS = 15.0
CHECK_SECONDS = 10.0
"""Seconds between two questions whether a daemon that lets its turns finish still answers."""
STATUS_SECONDS = 2.5
"""Timeout of a status; with the program's own start it is printed within three seconds."""
PAUSE_SECONDS = 0.1


class State(StrEnum):
    """Whether the daemon runs; ``not responding`` is a process that does not answer."""

    RUNNING = "running"
    NOT_RUNNING = "not running"
    NOT_RESPONDING = "not responding"


@dataclass(frozen=True, slots=True)
class Status:
    """The daemon's state; ``info`` is from the pid file, ``health`` is the daemon's health report."""

    state: State
    info: DaemonInfo | None = None
    health: dict[str, Any] | None = None


class StartFailed(NoDaemon):
    """The daemon could not start; the message is its reason."""


def ensure(paths: Paths, told: Callable[[str], None] = lambda _: None) -> Daemon:
    """A client of a running daemon of our version, which is started if needed.

    An idle daemon of an older version is replaced, and that is ``told``. Raises StartFailed with the daemon's reason,
    NotAnswering for a daemon that hangs, and WrongVersion for a newer daemon or an older one with running sessions.
    """
    info = _running(paths)
    if info is None:
        start(paths)
        info = _running(paths)
    if info is None or info.version != __version__:
        _agree_on_version(paths, told)
    return Daemon(paths, revive=lambda: start(paths))


def start(paths: Paths) -> bool:
    """Start the daemon unless it runs; True if this call started it. Concurrent callers all succeed, one starts it.

    Raises StartFailed and NotAnswering.
    """
    reap()
    deadline = time.monotonic() + START_SECONDS
    _make_home(paths)
    with _start_lock(paths, deadline):
        while True:
            if _answers(paths, deadline):
                return False
            refusal = launched(paths, max(1.0, deadline - time.monotonic()))
            if refusal is None:
                return True
            if not refusal.home_is_taken or time.monotonic() > deadline:
                raise StartFailed(refusal.reason)
            time.sleep(PAUSE_SECONDS)  # a daemon that is ending, or was started by other means


def stop(paths: Paths, *, wait: bool = False, force: bool = False) -> bool:
    """Stop the daemon and wait for its end; False if none ran.

    ``force`` kills it if it does not end in time, and at once if it does not answer; the next start ends its agents.
    ``wait`` first lets running turns finish, without a timeout. Raises StopFailed, also for a daemon that hangs.
    """
    info = _found(paths)
    if info is None:
        return False
    if wait:
        return _stop_when_idle(paths, info)
    if not signalled(info, signal.SIGTERM):
        return True
    hangs = _hangs(paths)  # after the signal: the timeout of the call is time to end in
    if gone(info, 0 if hangs else STOP_SECONDS):
        return True
    if not force:
        raise _not_ended(info, "does not answer" if hangs else f"has not ended after {STOP_SECONDS:.0f} seconds")
    if not signalled(info, signal.SIGKILL) or gone(info, STOP_SECONDS):
        return True
    raise StopFailed(f"The daemon (pid {info.pid}) cannot be ended.")


def restart(paths: Paths, *, wait: bool = False, force: bool = False) -> bool:
    """Stop the daemon, as :func:`stop` does, and start it; True if one ran before.

    Raises InvalidInput for an invalid config, without stopping the running daemon.
    """
    from agor_core.agents.registry import registry

    registry(settings.load(paths.config))
    ran = stop(paths, wait=wait, force=force)
    start(paths)
    return ran


def status(paths: Paths) -> Status:
    """The daemon's status, after ``STATUS_SECONDS`` at most."""
    info = _running(paths)
    daemon = Daemon(paths, timeout=STATUS_SECONDS)
    try:
        return Status(State.RUNNING, info, daemon.health())
    except NotAnswering:
        return Status(State.NOT_RESPONDING, info)
    except NoDaemon:
        return Status(State.NOT_RESPONDING, info) if info is not None else Status(State.NOT_RUNNING)
    except DaemonError:
        return Status(State.NOT_RESPONDING, info)
    finally:
        daemon.close()


def _agree_on_version(paths: Paths, told: Callable[[str], None]) -> None:
    daemon = Daemon(paths, timeout=STATUS_SECONDS, revive=lambda: start(paths))
    try:
        health = daemon.health()
    finally:
        daemon.close()
    theirs = str(health.get("version"))
    if theirs == __version__:
        return
    busy, newer = int(health.get("sessions_running") or 0), is_newer(theirs)
    if busy or newer:
        raise WrongVersion(theirs, __version__, busy, newer=newer)
    restart(paths)
    told(f"The daemon of version {theirs} was replaced by one of version {__version__}.")


def _answers(paths: Paths, deadline: float) -> bool:
    """Whether a daemon answers; waits until the deadline for a daemon that is starting.

    Raises NotAnswering after a short timeout for a daemon that has its pid file, which is written once it is ready.
    """
    seconds = deadline - time.monotonic()
    daemon = Daemon(paths, timeout=max(0.1, min(seconds, STATUS_SECONDS) if _running(paths) else seconds))
    try:
        daemon.health()
    except NotAnswering:
        if (info := _running(paths)) is None:
            return False
        raise NotAnswering(
            f"The daemon (pid {info.pid}) does not respond; end it and start it again with: agor daemon restart --force"
        ) from None
    except NoDaemon:
        return False
    except DaemonError:
        return True
    finally:
        daemon.close()
    return True


def _hangs(paths: Paths) -> bool:
    """Whether a daemon accepts a call and does not answer; a daemon that is ending refuses calls, or answers."""
    daemon = Daemon(paths, timeout=STATUS_SECONDS)
    try:
        daemon.health()
    except NotAnswering:
        return True
    except (NoDaemon, DaemonError):
        return False
    finally:
        daemon.close()
    return False


def _stop_when_idle(paths: Paths, info: DaemonInfo) -> bool:
    """Let the turns that run finish, however long that takes. Raises StopFailed for a daemon that hangs."""
    if not signalled(info, signal.SIGUSR1):
        return True
    while not gone(info, 0 if _hangs(paths) else CHECK_SECONDS):
        if _hangs(paths):
            raise _not_ended(info, "does not answer")
    return True


def _not_ended(info: DaemonInfo, state: str) -> StopFailed:
    return StopFailed(f"The daemon (pid {info.pid}) {state}; end it at once with: agor daemon stop --force")


def _running(paths: Paths) -> DaemonInfo | None:
    """The daemon by its pid file; None where there is none, or the file is damaged or gone."""
    info = pidfile.read(paths.pid) or pidfile.read(paths.former_pid)
    return info if info is not None and pidfile.is_alive(info) else None


def _found(paths: Paths) -> DaemonInfo | None:
    """The daemon by its pid file, else by its own word."""
    return _running(paths) or _by_its_word(paths)


def _by_its_word(paths: Paths) -> DaemonInfo | None:
    """The daemon that answers at the home's socket; its process is the one that has the pid now."""
    daemon = Daemon(paths, timeout=STATUS_SECONDS)
    try:
        health = daemon.health()
    except (NoDaemon, DaemonError):
        return None
    finally:
        daemon.close()
    pid = int(health["pid"])
    return DaemonInfo(
        pid=pid,
        started=pidfile.start_time(pid) or "",
        boot_id=pidfile.boot_id(),
        version=str(health.get("version")),
        port=int(health.get("port") or 0),
        socket=str(health.get("socket")),
        started_at=str(health.get("started_at")),
    )


def _make_home(paths: Paths) -> None:
    """Make the home, unless it leads nowhere or is another's; the daemon checks the rest."""
    try:
        if fault := home_checks.link(paths):
            raise StartFailed(fault.sentence)
        paths.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if fault := home_checks.owner(paths):
            raise StartFailed(fault.sentence)
        paths.logs.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StartFailed(f"The folder {paths.home} cannot be used: {error.strerror}.") from None


@contextlib.contextmanager
def _start_lock(paths: Paths, deadline: float) -> Iterator[None]:
    """Hold the home's start lock: one process starts the daemon, the others wait and then find it running."""
    try:
        lock = os.open(paths.home / "start.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StartFailed(f"The folder {paths.home} cannot be written to: {error.strerror}.") from None
    with os.fdopen(lock, "rb"):
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise StartFailed("Another command is still starting the daemon.") from None
                time.sleep(POLL_SECONDS)
        yield
