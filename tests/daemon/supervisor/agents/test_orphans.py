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


ENDING = """
import os, subprocess, sys, time
from agor_daemon import processes
from agor_daemon.supervisor.agents.orphans import Orphans

STRAY = '''
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if sys.argv[1] == "alone" or os.fork() == 0:
        os.execve("/bin/sleep", ["sleep", "600"], {} if sys.argv[1] == "alone" else os.environ)
    os._exit(0)
time.sleep(0.2)
'''

assert processes.become_subreaper()
own = subprocess.Popen(["sleep", "600"], start_new_session=True)
subprocess.run([sys.executable, "-c", STRAY, sys.argv[1]], check=True)
[stray] = [child for child in processes.children() if child.pid != own.pid and not child.ended]
orphans = Orphans()
assert [orphans.end() for _ in range(2)] == [0, 1], "asked at the second look"
assert not processes.look_up(stray.pid).ended
assert orphans.end() == 1
while not processes.look_up(stray.pid).ended:
    time.sleep(0.01)
assert own.poll() is None and orphans.end() == 0
own.kill()
"""


@pytest.mark.skipif(not processes.CAN_ADOPT, reason="there are no subreapers")
@pytest.mark.parametrize("how", ["alone", "twice"])
def test_what_an_agent_left_behind_is_ended_though_it_is_deaf_and_nothing_of_the_daemons_own(how: str) -> None:
    """It forked twice and has a session of its own, or has one and no environment."""
    script = [sys.executable, "-c", ENDING, how]
    done = subprocess.run(script, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
