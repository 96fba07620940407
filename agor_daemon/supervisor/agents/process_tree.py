"""The processes that an agent left in the machine: its own, its children's, and those that ran away from its group.

A grandchild that made a session of its own escapes ``killpg``. It is found as a descendant, or by the environment that
it inherited. A process is named by its pid and its start time, and signalled through a pidfd, so that a reused pid is
never hit. Without ``/proc`` there is only the process group.
"""

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_DEAD = frozenset("ZX")


@dataclass(frozen=True, slots=True)
class Root:
    """The agent's own process, which leads its group. ``mark`` is what its environment and its children's holds."""

    pid: int
    started: str
    mark: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """One process as it was seen."""

    pid: int
    parent: int
    group: int
    session: int
    started: str


def marks(**variables: str) -> tuple[bytes, ...]:
    """Environment entries as the kernel shows them."""
    return tuple(os.fsencode(f"{name}={value}") for name, value in variables.items())


def members(root: Root, *, owns_group: bool) -> list[Member]:
    """Who belongs to the agent and still runs.

    ``owns_group`` says that the group of this number is surely the agent's: we are its parent, or its leader lives.
    """
    running = {member.pid: member for member in _running()}
    leader = running.get(root.pid)
    owns_group = owns_group and (leader is None or leader.started == root.started)
    found: set[int] = set()
    for member in running.values():
        in_group = owns_group and root.pid in (member.pid, member.group, member.session)
        if in_group or (root.mark and _bears(member.pid, root.mark)):
            found.add(member.pid)
    _add_descendants(found, running)
    found -= _own_line(running)
    return [running[pid] for pid in sorted(found)]


def send(targets: list[Member], number: signal.Signals) -> None:
    """Signal each of them, if it is still the process that was seen."""
    for target in targets:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            descriptor = os.pidfd_open(target.pid)
            try:
                if (now := _read(target.pid)) is not None and now.started == target.started:
                    signal.pidfd_send_signal(descriptor, number)
            finally:
                os.close(descriptor)


def available() -> bool:
    """Whether this machine shows its processes in ``/proc`` and lets them be held."""
    return hasattr(os, "pidfd_open") and (_PROC / "self" / "stat").exists()


def signal_group(pid: int, number: int) -> bool:
    """Signal a whole process group; whether there was one. Where ``/proc`` is missing."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _running() -> Iterator[Member]:
    for entry in _PROC.iterdir():
        if entry.name.isdecimal() and (member := _read(int(entry.name))) is not None:
            yield member


def _read(pid: int) -> Member | None:
    """``/proc/PID/stat``; the name in brackets may hold anything, so fields are counted from the last bracket."""
    try:
        stat = (_PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return None
    fields = stat.rpartition(b")")[2].split()
    if len(fields) < 20 or chr(fields[0][0]) in _DEAD:
        return None
    return Member(pid, int(fields[1]), int(fields[2]), int(fields[3]), fields[19].decode("ascii"))


def _bears(pid: int, mark: tuple[bytes, ...]) -> bool:
    try:
        environment = (_PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return False
    return set(mark) <= set(environment.split(b"\0"))


def _add_descendants(found: set[int], running: dict[int, Member]) -> None:
    while more := {pid for pid, member in running.items() if member.parent in found and pid not in found}:
        found |= more


def _own_line(running: dict[int, Member]) -> set[int]:
    """This process and its ancestors: a daemon that an agent started must not end itself."""
    line = {os.getpid()}
    pid = os.getppid()
    while pid in running and pid not in line:
        line.add(pid)
        pid = running[pid].parent
    return line
