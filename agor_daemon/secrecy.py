"""What other processes of the user cannot read of the daemon: memory, descriptors, and its first environment."""

import os
from collections.abc import Iterable

from agor_core.agents.environment import daemon_environment
from agor_daemon import processes


def forget_variables(inherited: Iterable[str]) -> None:
    """Drop what the daemon was started with and does not use; ``inherited`` are names that the config adds."""
    kept = daemon_environment(os.environ, inherited)
    for name in os.environ.keys() - kept.keys():
        del os.environ[name]


def hide_memory() -> None:
    """Deny ptrace(2), ``/proc/PID/environ``, ``mem`` and ``fd`` to other processes, and write no core files (Linux).

    The environment that a process was started with stays readable there whatever it forgets later. Programs that the
    daemon starts are readable again.
    """
    processes.set_undumpable()
