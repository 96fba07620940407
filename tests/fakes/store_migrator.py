"""A program that migrates a store until it is killed: ``python -m … URL BACKUPS SCRIPTS``.

``SCRIPTS`` are migrations that go one version beyond this program's. For each line on its input it forks a process
that migrates, says ``pid N`` as that begins, and ``dead`` when it has ended. Forking saves the imports of every life.
"""

import os
import signal
import sys
from pathlib import Path

import alembic.command
import alembic.config  # noqa: F401 - imported before the fork

from agor_core.clock import SystemClock
from agor_core.db import migrate, schema


def main(url: str, backups: str, scripts: str, head: str) -> None:
    schema.SCRIPTS = Path(scripts)
    schema.REVISIONS = (*schema.REVISIONS, head)  # type: ignore[assignment]
    schema.HEAD = head
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.alarm(60)
            os.write(1, f"pid {os.getpid()}\n".encode())
            migrate.prepare(url, backups=Path(backups), clock=SystemClock())
            os._exit(0)
        os.waitpid(pid, 0)
        os.write(1, b"dead\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
