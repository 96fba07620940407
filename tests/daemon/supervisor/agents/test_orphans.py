"""Adopted processes are reaped when they end; those that somebody waits for are left to them."""

import subprocess
import sys
from pathlib import Path

import pytest

from agor_daemon import processes

ADOPTING = """
import asyncio, os, subprocess, sys
import uvloop
from agor_daemon import processes
from agor_daemon.supervisor.agents.orphans import Orphans

ORPHAN = "import os, sys, time\\nif os.fork() == 0:\\n    sys.stdin.read()\\nos._exit(0)"

async def main():
    assert not processes.is_subreaper()
    assert processes.become_subreaper() and processes.is_subreaper()
    orphans = Orphans()
    own = await asyncio.create_subprocess_exec("cat", stdin=asyncio.subprocess.PIPE)
    held, end = os.pipe()
    subprocess.run([sys.executable, "-c", ORPHAN], stdin=held, check=True)
    os.close(held)
    [adopted] = [child for child in processes.children() if child.pid != own.pid]
    assert adopted.parent == os.getpid() and orphans.reap() == 0
    os.close(end)
    while not processes.look_up(adopted.pid).ended:
        await asyncio.sleep(0.01)
    waited_for = subprocess.Popen(["true"])
    while not processes.look_up(waited_for.pid).ended:
        await asyncio.sleep(0.01)
    assert orphans.reap() == 0, "only what had ended at the look before"
    assert waited_for.wait() == 0
    assert orphans.reap() == 1
    assert processes.look_up(adopted.pid) is None
    own.stdin.close()
    assert await own.wait() == 0
    assert processes.children() == [] and orphans.reap() == 0

uvloop.run(main())
"""


@pytest.mark.skipif(not processes.CAN_ADOPT, reason="there are no subreapers")
def test_an_adopted_process_is_reaped_and_no_other(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", ADOPTING], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
