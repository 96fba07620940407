"""Two programs that start the daemon at the same time: one daemon, and both callers are fine.

10 times, or 200 with AGOR_FAULTS=long.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agor_core import __version__
from agor_core.config import pidfile
from agor_core.config.paths import Paths
from agor_tui.client import launch

LONG = os.environ.get("AGOR_FAULTS") == "long"
TIMES = 200 if LONG else 10

CALLER = """
import sys
from pathlib import Path
from agor_core.config.paths import Paths
from agor_tui.client import launch
sys.stdin.readline()
print(launch.ensure(Paths(Path(sys.argv[1]))).health()["pid"])
"""


@pytest.mark.slow
@pytest.mark.timeout(3600 if LONG else 120)
def test_two_callers_at_once_get_one_daemon(tmp_path: Path) -> None:
    for number in range(TIMES):
        paths = Paths(tmp_path / str(number))
        callers = [
            subprocess.Popen(
                [sys.executable, "-c", CALLER, str(paths.home)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        try:
            answers = [caller.communicate("go\n", timeout=60) for caller in callers]
            assert [caller.returncode for caller in callers] == [0, 0], answers
            info = pidfile.read(paths.pid)
            assert info is not None
            assert [out.strip() for out, _ in answers] == [str(info.pid)] * 2
        finally:
            launch.stop(paths, force=True)


def test_a_stale_pid_file_with_a_pid_that_is_somebody_elses_now(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "home")
    with subprocess.Popen(["sleep", "60"]) as stranger:
        try:
            paths.home.mkdir()
            ours = pidfile.of_this_process(version=__version__, port=1, socket=str(paths.socket), started_at="")
            fields = {name: getattr(ours, name) for name in ours.__struct_fields__}
            pidfile.write(paths.pid, type(ours)(**{**fields, "pid": stranger.pid, "started": "1"}))
            assert launch.stop(paths, force=True) is False
            assert launch.ensure(paths).health()["pid"] != stranger.pid
            assert launch.stop(paths) is True
            assert stranger.poll() is None
        finally:
            stranger.send_signal(signal.SIGTERM)
