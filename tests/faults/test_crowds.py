"""Another user's connections, many more than the daemon has descriptors: the owner does not notice."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.builders.daemons import Program, program
from tests.builders.http import Caller
from tests.faults.conftest import Promise

LONG = os.environ.get("AGOR_FAULTS") == "long"
CONNECTIONS = 10_000 if LONG else 1_500
FEW_DESCRIPTORS = ("sh", "-c", 'ulimit -n 1024; exec "$@"', "sh")
"""As a plain system gives them, as the soft limit and as the hard one."""
OWNER_SECONDS = 1.0

CROWD = """
import os, resource, socket, sys
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
os.setgid(65533); os.setuid(65533)
host, port, wanted, say = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
held = []
for _ in range(wanted):
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        made.connect((host, port))
        if say:
            made.send(say.encode())
    except OSError:
        pass
    held.append(made)
print("all", flush=True)
sys.stdin.read()
"""

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="asks Linux"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else"),
]


@contextlib.asynccontextmanager
async def crowd(it: Program, say: str = "", host: str = "127.0.0.1") -> AsyncIterator[asyncio.subprocess.Process]:
    """Another user connects CONNECTIONS times, sends ``say`` on each and keeps them all open."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-S", "-c", CROWD, host, str(it.said["port"]), str(CONNECTIONS), say),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    try:
        yield process
    finally:
        process.stdin.close()
        await process.wait()


async def slowest_status(owner: Caller, process: asyncio.subprocess.Process) -> float:
    """The owner's slowest call while the crowd comes, and once it is there."""
    assert process.stdout is not None
    complete = asyncio.create_task(process.stdout.readuntil(b"all"))
    slowest, calls_after = 0.0, 0
    while calls_after < 20:
        calls_after += complete.done()
        began = time.perf_counter()
        await owner.get("/health")
        await owner.get("/sessions")
        slowest = max(slowest, time.perf_counter() - began)
    await complete
    return slowest


@pytest.mark.parametrize("say", ["", "GET /sessions HTTP/1.1\r\nX: "], ids=["silent", "half a head"])
async def test_the_owner_is_answered_while_another_user_holds_connections(
    tmp_path: Path, say: str, promise: Promise
) -> None:
    with program(tmp_path / "home", wrapped=FEW_DESCRIPTORS) as it:
        over_socket, over_tcp = Caller(socket=Path(it.said["socket"])), it.caller
        async with crowd(it, say) as process:
            slowest = await slowest_status(over_socket, process)
            kind = "with half a head" if say else "silent"
            promise(f"{CONNECTIONS:,} connections of another user, {kind}", f"the owner's status in {slowest:.3f} s")
            assert slowest <= OWNER_SECONDS
            assert (await over_tcp.call("GET", "/sessions")).status == 200
            health = await over_socket.get("/health")
            assert health["connections"] <= 40
            assert health["strangers_refused"] >= CONNECTIONS - 200
