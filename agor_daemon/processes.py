"""Processes as ``/proc`` shows them, see proc(5); on a system without it there are none."""

import ctypes
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

PR_SET_DUMPABLE = 4
PR_SET_CHILD_SUBREAPER = 36
PR_GET_CHILD_SUBREAPER = 37
_PROC = Path("/proc")
_ENDED = "ZX"


class Process(NamedTuple):
    """One process; ``started`` (clock ticks since boot) tells it from a later one with the same pid.

    ``ended``: none of its threads runs, and it waits to be reaped.
    """

    pid: int
    parent: int
    started: int
    ended: bool


def _load_prctl() -> Any:
    """The C library's prctl(2); loaded with the module, since nothing can be loaded between a fork and its exec."""
    return ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


_prctl = _load_prctl()
CAN_ADOPT = _prctl is not None
"""Whether this system has subreapers."""


def become_subreaper() -> bool:
    """Adopt the descendants of this process whose parent ends, instead of init; False where the system cannot.

    It holds through an exec, and children do not inherit it.
    """
    return CAN_ADOPT and _prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


def set_undumpable() -> bool:
    """Deny other processes without privilege to look into this one; False where the system cannot. See prctl(2)."""
    return _prctl is not None and _prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0


def is_subreaper() -> bool:
    """Whether this process adopts the descendants that lose their parent."""
    answer = ctypes.c_int()
    return CAN_ADOPT and _prctl(PR_GET_CHILD_SUBREAPER, ctypes.byref(answer), 0, 0, 0) == 0 and bool(answer)


def look_up(pid: int) -> Process | None:
    """A process; None if there is none."""
    try:
        stat = (_PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return None
    fields = stat.rpartition(b")")[2].split()
    ended = fields[0].decode() in _ENDED and int(fields[17]) <= 1
    return Process(pid, int(fields[1]), int(fields[19]), ended)


def children() -> list[Process]:
    """The children of this process that its main thread made or adopted, ended ones included."""
    pid = os.getpid()
    try:
        listed = (_PROC / f"{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:  # a kernel without CONFIG_PROC_CHILDREN
        return [process for process in map(look_up, newest()) if process is not None and process.parent == pid]
    return [process for process in map(look_up, map(int, listed)) if process is not None]


def newest() -> list[int]:
    """The pids of all processes, the latest first as far as pids show it."""
    try:
        return sorted((int(name) for name in os.listdir(_PROC) if name.isdecimal()), reverse=True)  # noqa: PTH208
    except OSError:
        return []


def holds_socket(pid: int, inode: int) -> bool | None:
    """Whether a process has a socket with this inode number open; None if this user cannot look into it."""
    wanted = f"socket:[{inode}]"
    try:
        with os.scandir(f"/proc/{pid}/fd") as descriptors:
            return any(_target(entry.path) == wanted for entry in descriptors)
    except PermissionError:
        return None
    except OSError:
        return False


def _target(link: str) -> str:
    try:
        return os.readlink(link)  # noqa: PTH115 - many at a time
    except OSError:
        return ""
