"""The processes of an agent: its own, its descendants, and those that left its process group.

A grandchild with a session of its own escapes ``killpg``. It is found by descent, which holds while the agent's own
process lives, since that adopts what loses its parent; and by the environment that it inherited. A process is
identified by pid and start time, and signalled through a pidfd where the system has them, so that a reused pid is never
hit. This module loads psutil; it is imported when the first agent is started.
"""

import contextlib
import os
import signal
from collections.abc import Collection, Mapping

import psutil
from psutil import Process

from agor_core.config import pidfile
from agor_daemon.supervisor.agents.root import CHECK, Root

_ENDED = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)


def members(
    root: Root, *, owns_group: bool, seen: Collection[Process] = (), since: float | None = None
) -> list[Process]:
    """The processes of the agent that still run.

    ``owns_group`` says that the group with the root's number is the agent's for certain: the daemon is its parent, or
    its leader lives. ``seen`` are processes that were the agent's a moment ago: they still are, whoever their parent is
    by now. With ``since``, a moment of ``pidfile``, those alone that were started then or later.
    """
    leader = pidfile.start_time(root.pid)
    owns_group = owns_group and leader in (None, root.started)
    found: dict[int, Process] = {}
    for process in seen:
        if _runs(process):
            found |= _with_descendants(process)
    for process in psutil.process_iter():
        if process.pid not in found and (
            (owns_group and _in_group(process.pid, root.pid)) or (root.mark and _bears(process, root.mark))
        ):
            found |= _with_descendants(process)
    here = Process()  # a daemon that an agent started must not end itself, nor its ancestors
    spared = {here.pid, *(parent.pid for parent in here.parents())}
    found = {pid: process for pid, process in found.items() if since is None or _started(pid) >= since}
    return [process for pid, process in sorted(found.items()) if pid not in spared and _runs(process)]


def any_runs(seen: list[Process]) -> bool:
    """Whether one of these processes has not ended yet; much cheaper than :func:`members`."""
    return any(_runs(process) for process in seen)


def send(targets: list[Process], number: signal.Signals) -> None:
    """Signal each process, unless its pid is another's by now."""
    for target in targets:
        with contextlib.suppress(psutil.Error, ProcessLookupError, PermissionError):
            if hasattr(os, "pidfd_open"):
                _send_by_pidfd(target, number)
            else:
                target.send_signal(number)


def _started(pid: int) -> float:
    return float(pidfile.start_time(pid) or 0)


def _send_by_pidfd(target: Process, number: signal.Signals) -> None:
    descriptor = os.pidfd_open(target.pid)
    try:
        if target.is_running():
            signal.pidfd_send_signal(descriptor, number)
    finally:
        os.close(descriptor)


def _runs(process: Process) -> bool:
    try:
        return process.is_running() and process.status() not in _ENDED
    except psutil.NoSuchProcess:
        return False


def _with_descendants(process: Process) -> dict[int, Process]:
    found = {process.pid: process}
    with contextlib.suppress(psutil.NoSuchProcess):
        found |= {child.pid: child for child in process.children(recursive=True)}
    return found


def _in_group(pid: int, leader: int) -> bool:
    try:
        return leader in (pid, os.getpgid(pid), os.getsid(pid))
    except OSError:
        return False


def _bears(process: Process, mark: Mapping[str, str]) -> bool:
    """Whether a process has these variables; one that a check started is only a check's."""
    try:
        environment: dict[str, str] = process.environ()
        return mark.items() <= environment.items() and (CHECK in mark or CHECK not in environment)
    except (psutil.Error, OSError):
        return False
