"""Who may call: names, origins, users, tokens; on every address, for HTTP and WebSocket alike."""

import asyncio
import logging
import os
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from agor_core.config.settings import DaemonSettings
from agor_core.errors import CannotStart, Refused
from agor_daemon.access import origin, token
from agor_daemon.access.peer import SockDiag, UnknownPeers, open_peer_lookup, own_uid
from agor_daemon.sockets import check_safe
from tests.builders.daemons import Running
from tests.builders.http import Answer, Caller, exchange

ADDRESSES = [
    "/health",
    "/sessions",
    "/sessions/x",
    "/sessions/x/prompt",
    "/feed",
    "/openapi.json",
    "/agents",
    "/nothing",
]
linux = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")

FOREIGN = {
    "another host": [("Host", "evil.example:{port}")],
    "no port": [("Host", "localhost")],
    "another port": [("Host", "localhost:1")],
    "a name that ends like ours": [("Host", "evil.localhost:{port}")],
    "a trailing dot": [("Host", "localhost.:{port}")],
    "an empty host": [("Host", "")],
    "no host": [],
    "two hosts": [("Host", "localhost:{port}"), ("Host", "localhost:{port}")],
    "a foreign origin": [("Host", "localhost:{port}"), ("Origin", "http://evil.example")],
    "the null origin": [("Host", "localhost:{port}"), ("Origin", "null")],
    "an origin of another port": [("Host", "localhost:{port}"), ("Origin", "http://localhost:8080")],
    "an origin of another scheme": [("Host", "localhost:{port}"), ("Origin", "https://localhost:{port}")],
    "two origins": [("Host", "localhost:{port}")] + [("Origin", "http://localhost:{port}")] * 2,
    "a cross-site page": [("Host", "localhost:{port}"), ("Sec-Fetch-Site", "cross-site")],
    "a same-site page": [("Host", "localhost:{port}"), ("Sec-Fetch-Site", "same-site")],
}


UPGRADE = [
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Version", "13"),
]


def filled(headers: list[tuple[str, str]], port: int) -> list[tuple[str, str]]:
    return [(name, value.replace("{port}", str(port))) for name, value in headers]


@pytest.mark.parametrize("case", FOREIGN)
async def test_foreign_requests_are_refused_everywhere(daemon: Running, case: str) -> None:
    bearer = ("Authorization", f"Bearer {daemon.setup.token.decode()}")
    headers = [*filled(FOREIGN[case], daemon.port), bearer]
    for address in ADDRESSES:
        for method in ("GET", "POST", "OPTIONS"):
            answer = await daemon.tcp.call(method, address, headers=headers)
            assert (answer.status, answer.body["name"]) == (403, "Forbidden"), (method, address)
            assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("case", FOREIGN)
async def test_foreign_websockets_are_refused_before_the_handshake(daemon: Running, case: str) -> None:
    for address in ("/feed", "/nothing"):
        headers = [*filled(FOREIGN[case], daemon.port), *UPGRADE]
        answer = await daemon.tcp.call("GET", address, headers=headers)
        assert answer.status in ((400, 403) if case in ("two hosts", "two origins") else (403,)), address
        assert daemon.hub.count() == 0


async def raw(daemon: Running, target: str, *headers: tuple[str, str]) -> Answer:
    """A request with its target as it is."""
    lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
    reader, writer = await daemon.tcp.connect()
    try:
        return await exchange(reader, writer, "\r\n".join(lines).encode())
    finally:
        writer.close()


@pytest.mark.parametrize("upgrade", [[], UPGRADE], ids=["HTTP", "WebSocket"])
async def test_the_host_of_the_target_is_checked_like_the_header(
    daemon: Running, upgrade: list[tuple[str, str]]
) -> None:
    ours = f"localhost:{daemon.port}"
    for target in ("evil", f"evil:{daemon.port}", f"{ours}@evil", f"{ours}.evil", "localhost:1", ""):
        answer = await raw(daemon, f"http://{target}/feed", ("Host", ours), *upgrade)
        assert answer.status == 403, target
        assert answer.headers["content-type"] == "application/json"
    assert (await raw(daemon, f"http://{ours}/feed", ("Host", "evil"), *upgrade)).status == 403
    for target in (f"http://{ours}/feed?service=tasks", f"HTTP://{ours.upper()}/feed"):
        assert (await raw(daemon, target, ("Host", ours), *upgrade)).status == (101 if upgrade else 200)
    assert (await raw(daemon, f"http://{ours}?x", ("Host", ours))).status == 404


async def test_a_refused_handshake_is_no_error(daemon: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for origin_ in ("http://evil.example", "null"):
        headers = [("Host", f"localhost:{daemon.port}"), ("Origin", origin_), *UPGRADE]
        assert (await daemon.tcp.call("GET", "/feed", headers=headers)).status == 403
    assert (await raw(daemon, "/nothing", ("Host", f"localhost:{daemon.port}"), *UPGRADE)).status == 404
    refused = [record for record in caplog.records if record.message == "refused"]
    assert [(record.levelname, record.path) for record in refused] == [("DEBUG", "/feed")] * 2  # type: ignore[attr-defined]
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("upgrade", [[], UPGRADE], ids=["HTTP", "WebSocket"])
async def test_a_malformed_request_gets_an_error_of_the_usual_form(
    daemon: Running, upgrade: list[tuple[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    ours = ("Host", f"localhost:{daemon.port}")
    for target, more in (("/" + "x" * 200_000, ""), ("/feed", "y" * 200_000), ("/" + "x" * 20_000, "\x01")):
        answer = await raw(daemon, target, ours, ("X-More", more), *upgrade)
        assert (answer.status, answer.headers["content-type"]) == (400, "application/json")
        assert (answer.headers["connection"], answer.headers["x-content-type-options"]) == ("close", "nosniff")
        assert (answer.body["name"], answer.body["code"], answer.body["className"]) == (
            "BadRequest",
            400,
            "bad-request",
        )
        assert ("longer than 65,536 bytes" in answer.body["message"]) == (len(target) + len(more) > 100_000)
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_websockets_long_address_is_answered(daemon: Running, caplog: pytest.LogCaptureFixture) -> None:
    answer = await raw(daemon, "/" + "x" * 20_000, ("Host", f"localhost:{daemon.port}"), *UPGRADE)
    assert (answer.status, answer.body["name"]) == (400, "BadRequest")
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_the_refusal_comes_before_the_body(daemon: Running) -> None:
    reader, writer = await daemon.tcp.connect()
    head = b"POST /boards HTTP/1.1\r\nHost: evil\r\nContent-Length: 5000000\r\n\r\n"
    answer = await exchange(reader, writer, head)
    assert (answer.status, answer.headers["connection"]) == (403, "close")
    writer.close()


@linux
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_our_own_user_needs_nothing(daemon: Running, host: str) -> None:
    caller = Caller(daemon.port, host=host)
    for name in ("localhost", "127.0.0.1", "[::1]", "LOCALHOST"):
        ours = [("Host", f"{name}:{daemon.port}")]
        assert (await caller.call("GET", "/health", headers=ours)).status == 200
    page = [*ours, ("Origin", f"http://localhost:{daemon.port}"), ("Sec-Fetch-Site", "same-origin")]
    assert (await caller.call("GET", "/health", headers=page)).status == 200


@linux
async def test_a_websocket_of_our_own_user_is_let_in(daemon: Running) -> None:
    async with connect(f"ws://127.0.0.1:{daemon.port}/feed") as socket_:
        assert msgspec.json.decode(await socket_.recv())["type"] == "hello"


async def test_the_unix_socket_needs_nothing_but_the_file(daemon: Running) -> None:
    assert (await daemon.unix.call("GET", "/health", headers=[("Host", "anything"), ("Origin", "null")])).status == 200
    assert daemon.setup.listening.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Anything", "Via", "X-Real-IP"])
async def test_a_forwarded_request_needs_the_token(daemon: Running, header: str) -> None:
    ours = [("Host", f"localhost:{daemon.port}"), (header, "127.0.0.1")]
    refused = await daemon.tcp.call("GET", "/health", headers=ours)
    assert (refused.status, refused.body["name"]) == (401, "NotAuthenticated")
    assert refused.headers["www-authenticate"] == "Bearer"
    right = daemon.setup.token.decode()
    for value, status in ((right, 200), (right[:-1], 401), (right + "x", 401), ("", 401)):
        answer = await daemon.tcp.call("GET", "/health", headers=[*ours, ("Authorization", f"Bearer {value}")])
        assert answer.status == status
        assert right.encode() not in answer.raw
    twice = [("Authorization", f"Bearer {right}")] * 2
    assert (await daemon.tcp.call("GET", "/health", headers=[*ours, *twice])).status == 401
    with pytest.raises(InvalidStatus) as refusal:
        async with connect(f"ws://127.0.0.1:{daemon.port}/feed", additional_headers={header: "x"}):
            pass
    assert refusal.value.response.status_code == 401


OTHER_USER = """
import encodings.idna, os, sys, http.client
os.setgid(65533); os.setuid(65533)
host, port, token = sys.argv[1], int(sys.argv[2]), sys.argv[3]
connection = http.client.HTTPConnection(host, port, timeout=10)
headers = {"Authorization": "Bearer " + token} if token else {}
connection.request("GET", "/health", headers=headers)
print(connection.getresponse().status)
"""


@linux
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_another_user_needs_the_token(daemon: Running, host: str) -> None:
    async def status(given: str) -> bytes:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-S", "-c", OTHER_USER, host, str(daemon.port), given, stdout=subprocess.PIPE
        )
        out, _ = await process.communicate()
        return out.strip()

    assert await status("") == b"401"
    assert await status(daemon.setup.token.decode()) == b"200"


@linux
@pytest.mark.parametrize(
    ("family", "host", "server"),
    [
        (socket.AF_INET, "127.0.0.1", "127.0.0.1"),
        (socket.AF_INET6, "::1", "::1"),
        (socket.AF_INET6, "::ffff:127.0.0.1", "127.0.0.1"),
    ],
    ids=["IPv4", "IPv6", "mapped"],
)
def test_the_kernel_names_the_user_of_a_connection(family: socket.AddressFamily, host: str, server: str) -> None:
    listening = socket.create_server((server, 0), family=socket.AF_INET6 if ":" in server else socket.AF_INET)
    with listening, socket.socket(family) as client:
        address = listening.getsockname()
        client.connect((host, address[1]))
        accepted, peer = listening.accept()
        with accepted, open_peer_lookup() as peers:
            assert isinstance(peers, SockDiag)
            assert peers.peer(peer[:2], address[:2]) == (own_uid(), os.fstat(client.fileno()).st_ino)
            assert peers.peer((peer[0], peer[1] ^ 1), address[:2]) is None
            assert peers.peer(peer[:2], (address[0], address[1] ^ 1)) is None
            assert peers.peer(("10.0.0.1", peer[1]), address[:2]) is None
            assert peers.peer(("not an address", peer[1]), address[:2]) is None
            client.close()
            assert peers.peer(peer[:2], address[:2]) is None


@linux
def test_a_listening_socket_is_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, open_peer_lookup() as peers:
        assert peers.peer(listening.getsockname(), ("127.0.0.1", 9)) is None


def test_without_the_kernel_no_peer_is_known() -> None:
    assert UnknownPeers().peer(("127.0.0.1", 1), ("127.0.0.1", 2)) is None


def test_further_names_are_allowed_with_or_without_their_port() -> None:
    names = origin.allowed_names(3030, ["box.example", "other.example:80", "[fd00::1]"])
    assert {b"box.example", b"box.example:3030", b"other.example:80", b"[fd00::1]:3030", b"localhost:3030"} <= names
    assert b"other.example" not in names
    origin.check([(b"host", b"BOX.example")], names)
    with pytest.raises(Refused):
        origin.check([(b"host", b"other.example")], names)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "box.example"])
def test_listening_for_other_machines_needs_names(host: str) -> None:
    with pytest.raises(CannotStart, match="allowed_hosts"):
        check_safe(DaemonSettings(host=host))
    check_safe(DaemonSettings(host=host, allowed_hosts=("box.example",)))
    check_safe(DaemonSettings(host="127.0.0.1"))


def test_the_token_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "token"
    made = token.load_or_create(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(made) >= 32
    assert token.load_or_create(file) == made


def test_a_token_that_others_could_have_read_or_made_is_not_used(tmp_path: Path) -> None:
    file = tmp_path / "token"
    token.load_or_create(file)
    file.chmod(0o640)
    with pytest.raises(CannotStart, match="0600"):
        token.load_or_create(file)
    file.chmod(0o600)
    link = tmp_path / "link"
    link.symlink_to(file)
    with pytest.raises(CannotStart):
        token.load_or_create(link)
    file.write_bytes(b"short\n")
    with pytest.raises(CannotStart, match="short"):
        token.load_or_create(file)


def test_only_the_whole_token_opens() -> None:
    right = b"a" * 43
    assert token.matches(b"Bearer " + right, right)
    assert token.matches(b"bearer  " + right, right)
    for wrong in (b"", b"Bearer", b"Bearer ", b"Basic " + right, b"Bearer " + right[:-1], right):
        assert not token.matches(wrong, right)


def test_a_token_that_cannot_be_written_is_an_error_and_leaves_no_file(tmp_path: Path) -> None:
    file = tmp_path / "gone" / "token"
    with pytest.raises(CannotStart, match="cannot be made: No such file or directory"):
        token.load_or_create(file)
    file.parent.mkdir()
    assert len(token.load_or_create(file)) >= token.BYTES
