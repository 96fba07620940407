"""The pid file: information for clients about a home's daemon. The lock, not this file, decides whether one runs."""

import contextlib
import os
import time
from pathlib import Path

import msgspec

from agor_core.config import private_file


class DaemonInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One running daemon. ``started`` (the kernel's start time) and ``boot_id`` tell a reused pid from ours."""

    pid: int
    started: str
    boot_id: str
    version: str
    port: int
    socket: str
    started_at: str


def write(file: Path, info: DaemonInfo) -> None:
    """Write the file atomically, readable by its owner only."""
    private_file.write(file, msgspec.json.encode(info))


def read(file: Path) -> DaemonInfo | None:
    """Read the file; None if it is missing or not a pid file of ours."""
    try:
        return msgspec.json.decode(private_file.read(file), type=DaemonInfo)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def remove_own(file: Path) -> None:
    """Remove the file if it names this process: in a home that was replaced it may be another daemon's."""
    info = read(file)
    if info is not None and info.pid == os.getpid():
        with contextlib.suppress(OSError):
            file.unlink()


def of_this_process(*, version: str, port: int, socket: str, started_at: str) -> DaemonInfo:
    """The entry of the calling process."""
    pid = os.getpid()
    return DaemonInfo(
        pid=pid,
        started=start_time(pid) or "",
        boot_id=boot_id(),
        version=version,
        port=port,
        socket=socket,
        started_at=started_at,
    )


def is_alive(info: DaemonInfo) -> bool:
    """Whether the process that wrote the entry is still there, and not another with the same pid."""
    if info.boot_id != boot_id():
        return False
    started = start_time(info.pid)
    if started is None:
        return False
    return started == info.started


def start_time(pid: int) -> str | None:
    """When a process started; None if it is gone or a zombie.

    On Linux in clock ticks since boot (field 22 of ``/proc/PID/stat``, see ``proc_pid_stat(5)``), which a change of
    the clock does not move; elsewhere in seconds since 1970, by psutil.
    """
    if not Path("/proc/self/stat").exists():
        return _start_time_elsewhere(pid)
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


def moment() -> float:
    """The present on the scale of :func:`start_time`, rounded down to its unit."""
    if not Path("/proc/self/stat").exists():
        return time.time()
    return float(int(time.clock_gettime(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK")))


def _start_time_elsewhere(pid: int) -> str | None:
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else str(process.create_time())
    except psutil.AccessDenied:
        return ""
    except (psutil.Error, ValueError, OverflowError):
        return None


def boot_id() -> str:
    """The kernel's id of this boot of the machine; empty on a system without one."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
