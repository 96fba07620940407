"""How many connections are held: strangers few, TCP less than everything, and who is counted as what."""

import asyncio
import os
import resource
import socket
import sys
from pathlib import Path

import pytest

from agor_core.config.settings import DaemonSettings, Settings
from agor_daemon.access import admission as limits
from agor_daemon.access.admission import Admission, raise_descriptor_limit
from agor_daemon.access.callers import Caller, identify
from agor_daemon.access.peer import UnknownPeers, open_peer_lookup
from tests.builders.daemons import Running, running

OWNER, STRANGER, OTHER = 1000, 1001, 1002
linux = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")


def test_one_stranger_gets_few_connections_and_all_of_them_not_many_more() -> None:
    admission = Admission(10_000, OWNER)
    held = [admission.admit(Caller(uid=STRANGER)) for _ in range(limits.MOST_OF_ONE_STRANGER)]
    assert None not in held
    assert admission.admit(Caller(uid=STRANGER)) is None
    addresses = [Caller(address=f"192.0.2.{number}") for number in range(limits.MOST_OF_STRANGERS)]
    further = [visit for caller in addresses if (visit := admission.admit(caller)) is not None]
    assert len(further) == limits.MOST_OF_STRANGERS - limits.MOST_OF_ONE_STRANGER
    assert admission.admit(Caller(uid=OTHER)) is None
    assert admission.admit(Caller(uid=OWNER)) is not None
    further[0].end()
    assert admission.admit(Caller(uid=OTHER)) is not None
    assert admission.refused == 2 + limits.MOST_OF_ONE_STRANGER


def test_a_caller_that_is_not_certain_is_a_stranger() -> None:
    admission = Admission(10_000, OWNER)
    for caller in (Caller(), Caller(uid=STRANGER), Caller(address="127.0.0.1")):
        assert admission.is_stranger(caller)
    for caller in (Caller(uid=OWNER), Caller(over_socket=True), Caller(over_socket=True, uid=0)):
        assert not admission.is_stranger(caller)


def test_the_token_makes_a_guest_that_is_no_stranger() -> None:
    admission = Admission(10_000, OWNER)
    for _ in range(3 * limits.MOST_OF_STRANGERS):
        visit = admission.admit(Caller(uid=STRANGER))
        assert visit is not None
        visit.welcome()
    visit.end()
    visit.end()
    assert admission.connections == 3 * limits.MOST_OF_STRANGERS - 1


@pytest.mark.parametrize(
    ("descriptors", "tcp", "over_socket"), [(1024, 512, 768), (10_000, 9_488, 9_744), (64, 32, 48)]
)
def test_tcp_leaves_descriptors_for_the_socket_and_both_for_the_store(
    descriptors: int, tcp: int, over_socket: int
) -> None:
    admission = Admission(descriptors, OWNER)
    taken = sum(admission.admit(Caller(uid=OWNER)) is not None for _ in range(descriptors))
    assert taken == tcp
    taken += sum(admission.admit(Caller(over_socket=True)) is not None for _ in range(descriptors))
    assert taken == over_socket


def test_the_soft_limit_of_descriptors_is_raised_to_the_hard_one() -> None:
    soft, hard = before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
    try:
        assert raise_descriptor_limit() == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (min(hard, limits.MOST_DESCRIPTORS), hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@linux
def test_the_kernel_names_the_caller_at_accept(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname()) as client,
        listening.accept()[0] as accepted,
        open_peer_lookup() as peers,
    ):
        inode = os.fstat(client.fileno()).st_ino
        assert identify(accepted, peers) == Caller(uid=os.geteuid(), inode=inode, address="127.0.0.1")
        assert identify(accepted, UnknownPeers()) == Caller(address="127.0.0.1")
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as client:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        client.connect(str(tmp_path / "s"))
        with listening.accept()[0] as accepted:
            found = identify(accepted, UnknownPeers())
    assert found == Caller(over_socket=True, uid=os.geteuid(), pid=os.getpid())


async def test_a_connection_is_counted_until_it_ends(daemon: Running) -> None:
    _, writer = await daemon.unix.connect()
    assert (await daemon.unix.get("/health"))["connections"] == 2
    writer.close()
    await writer.wait_closed()
    for _ in range(100):
        if (await daemon.unix.get("/health"))["connections"] == 1:
            break
        await asyncio.sleep(0.01)
    else:
        pytest.fail("the connection is still counted")


async def test_a_connection_too_many_is_told_to_come_back(daemon: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Admission, "admit", lambda self, caller: None)
    reader, writer = await daemon.unix.connect()
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 1" in head
    assert b"Unavailable" in body


@linux
async def test_beyond_loopback_everybody_needs_the_token_over_tcp(tmp_path: Path) -> None:
    settings = Settings(daemon=DaemonSettings(host="0.0.0.0", allowed_hosts=("localhost",)))
    async with running(tmp_path / "home", settings) as it:
        refused = await it.tcp.call("GET", "/health")
        assert (refused.status, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert "other machines" in refused.body["message"]
        headers = [("Host", f"127.0.0.1:{it.port}"), ("Authorization", f"Bearer {it.setup.token.decode()}")]
        assert (await it.tcp.call("GET", "/health", headers=headers)).status == 200
        assert (await it.unix.call("GET", "/health")).status == 200
