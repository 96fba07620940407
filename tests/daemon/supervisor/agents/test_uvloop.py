"""The same on the daemon's event loop: process, pipes, cancel and end on uvloop."""

import subprocess
import sys

CODE = """
import asyncio, os, sys, warnings
from pathlib import Path
import uvloop
sys.path.insert(0, os.getcwd())
warnings.simplefilter("error")
from tests.daemon.supervisor.conftest import Bench, children
from agor_core.clock import SystemClock
from agor_core.config.paths import Paths
from tests.builders.ready_stores import prepare
from agor_core.db.store import open_store, sqlite_url

async def main():
    home = Path(sys.argv[1])
    paths, clock = Paths(home), SystemClock()
    prepare(sqlite_url(paths.database), backups=paths.backups, clock=clock)
    store = await open_store(sqlite_url(paths.database), clock=clock)
    folder = home / "folder"
    folder.mkdir()
    bench = Bench(store, paths, folder)
    session = await bench.session()
    task = await bench.run(session, "say: one", "stderr: 1000000", "flood: 20000", "run: echo hi")
    assert task.status == "completed", task
    task = await bench.run(session, "exit: 3")
    assert "exited with code 3" in task.error, task
    task = await bench.supervisor.prompt(session.session_id, "say: begun\\nhang:")
    await bench.running(task)
    await bench.supervisor.close(grace=2)
    assert (await bench.task(task)).status == "cancelled"
    assert children() == set()
    await store.close()

uvloop.run(main())
"""


def test_turns_on_uvloop(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path)], capture_output=True, text=True, timeout=100, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
