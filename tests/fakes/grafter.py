"""A daemon's supervisor that grafts and takes back until it is killed: ``python -m … HOME FROM INTO``.

For each line on its input it forks one, which recovers, says ``pid N``, waits to be told ``go`` by the signal USR1, and
then grafts; ``done N`` when N grafts or undoings were acknowledged, ``dead`` when it is killed. Forking saves imports.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from agor_core.agents.registry import registry
from agor_core.clock import SystemClock
from agor_core.config.paths import Paths
from agor_core.config.settings import Settings
from agor_core.db.store import open_store, sqlite_url
from agor_core.ids import SessionId
from agor_daemon.supervisor.grafting.grafting import Asked
from agor_daemon.supervisor.supervisor import Supervisor
from agor_daemon.supervisor.workspaces.points import PointName


def say(text: str) -> None:
    os.write(1, f"{text}\n".encode())


async def graft_for_ever(home: str, source: str, target: str) -> None:
    paths, clock = Paths(Path(home)), SystemClock()
    go = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, go.set)
    store = await open_store(sqlite_url(paths.database), clock=clock)
    agents = registry(Settings())
    supervisor = Supervisor(store, agents, paths, clock, on_delta=lambda _: None, environ=dict(os.environ))
    await supervisor.settle()
    into = SessionId(target)
    say("ready")
    await go.wait()
    count = 0
    while True:
        await supervisor.grafting.run(into, Asked(SessionId(source), PointName("now")))
        say(f"done {(count := count + 1)}")
        await supervisor.grafting.undo(into, dry_run=False)
        say(f"done {(count := count + 1)}")


def main(home: str, source: str, target: str) -> None:
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.alarm(60)
            asyncio.run(graft_for_ever(home, source, target))
        say(f"pid {pid}")
        os.waitpid(pid, 0)
        say("dead")


if __name__ == "__main__":
    main(*sys.argv[1:])
