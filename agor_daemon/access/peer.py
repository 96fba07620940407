"""The user at the other end of a loopback connection, as the kernel tells by netlink SOCK_DIAG (Linux).

See sock_diag(7). One request for one exact pair of addresses takes some 20 µs at any load and needs no privilege.
"""

import contextlib
import ipaddress
import itertools
import os
import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple, Protocol

Address = tuple[str, int]

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
NLM_F_REQUEST = 1
TCP_ESTABLISHED = 1
TCP_CLOSE_WAIT = 8
NO_COOKIE = 0xFFFFFFFF
OVERFLOW_UID = 65534
"""The kernel's number for a user of another user namespace."""

_HEADER = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=BBBBI")
_PORTS = struct.Struct("!HH")
_INTERFACE_AND_COOKIE = struct.Struct("=III")
_MESSAGE = struct.Struct("=BBBB")
_TAIL = struct.Struct("=IIIII")
_ID_LENGTH = _PORTS.size + 32 + _INTERFACE_AND_COOKIE.size


class Peer(NamedTuple):
    """The client's end of a connection: its user's number, and the inode number of its socket."""

    uid: int
    inode: int


class Peers(Protocol):
    """Looks up the client's end of a connection."""

    def peer(self, client: Address, server: Address) -> Peer | None:
        """The client's end; None unless it is certain."""


class UnknownPeers:
    """For systems without SOCK_DIAG: every caller needs the token."""

    def peer(self, client: Address, server: Address) -> Peer | None:  # noqa: ARG002
        return None


class SockDiag:
    """Queries the kernel over one netlink socket; for one thread."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC, NETLINK_SOCK_DIAG)
        self._socket.setblocking(False)
        self._numbers = itertools.count(1)

    def peer(self, client: Address, server: Address) -> Peer | None:
        try:
            family, ends = _ends(client, server)
            number = next(self._numbers) & 0xFFFFFFFF
            self._socket.sendto(_question(family, ends, number), (0, 0))
            return self._answer(ends, number)
        except (OSError, ValueError, struct.error):
            return None

    def close(self) -> None:
        self._socket.close()

    def _answer(self, ends: bytes, number: int) -> Peer | None:
        """The kernel answers before ``sendto`` returns; answers to earlier requests are skipped."""
        while True:
            data, sender = self._socket.recvfrom(4096)
            length, kind, _, of, _ = _HEADER.unpack_from(data)
            if sender[0] == 0 and of == number:
                return _read(data[_HEADER.size : length], ends) if kind == SOCK_DIAG_BY_FAMILY else None


@contextlib.contextmanager
def open_peer_lookup() -> Iterator[Peers]:
    """The best lookup that this system has, until the context ends."""
    try:
        kernel = SockDiag() if hasattr(socket, "AF_NETLINK") else None
    except OSError:
        kernel = None
    if kernel is None:
        yield UnknownPeers()
        return
    with contextlib.closing(kernel):
        yield kernel


def own_uid() -> int:
    """The number of the daemon's user."""
    return os.geteuid()


def _ends(client: Address, server: Address) -> tuple[int, bytes]:
    """The family and both ends as inet_diag_sockid begins, with the client's socket first. Raises ValueError."""
    source, destination = _address(client[0]), _address(server[0])
    if source.version != destination.version:
        raise ValueError("two families")
    if not (source.is_loopback and destination.is_loopback):
        raise ValueError("not a loopback connection")
    family = socket.AF_INET if source.version == 4 else socket.AF_INET6
    ports = _PORTS.pack(client[1], server[1])
    return family, ports + source.packed.ljust(16, b"\0") + destination.packed.ljust(16, b"\0")


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _question(family: int, ends: bytes, number: int) -> bytes:
    body = (
        _REQUEST.pack(family, socket.IPPROTO_TCP, 0, 0, 0xFFFFFFFF)
        + ends
        + _INTERFACE_AND_COOKIE.pack(0, NO_COOKIE, NO_COOKIE)
    )
    return _HEADER.pack(_HEADER.size + len(body), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, number, 0) + body


def _read(message: bytes, ends: bytes) -> Peer | None:
    """The user and inode in an inet_diag_msg; None for another connection, a closing one, or an unknown user."""
    _, state, _, _ = _MESSAGE.unpack_from(message)
    answered = message[_MESSAGE.size : _MESSAGE.size + len(ends)]
    _, _, _, uid, inode = _TAIL.unpack_from(message, _MESSAGE.size + _ID_LENGTH)
    if state not in (TCP_ESTABLISHED, TCP_CLOSE_WAIT) or _plain(answered) != _plain(ends):
        return None
    return None if inode == 0 or uid == OVERFLOW_UID else Peer(int(uid), int(inode))


def _plain(ends: bytes) -> tuple[bytes, bytes, bytes]:
    """Ports and addresses, with an IPv4-mapped address as the IPv4 address that it stands for."""
    return ends[:4], _unmapped(ends[4:20]), _unmapped(ends[20:36])


def _unmapped(address: bytes) -> bytes:
    mapped_prefix = b"\0" * 10 + b"\xff\xff"
    return address[12:].ljust(16, b"\0") if address.startswith(mapped_prefix) else address
