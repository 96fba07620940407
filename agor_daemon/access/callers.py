"""The caller at the other end of a connection, as the kernel names it when the connection is accepted."""

import socket
import struct
from dataclasses import dataclass

from agor_daemon.access.peer import Peers

_CREDENTIALS = struct.Struct("=iII")
"""``struct ucred`` of unix(7): pid, uid, gid."""


@dataclass(frozen=True, slots=True)
class Caller:
    """One end of one connection; every field but ``over_socket`` is None unless it is certain.

    ``over_socket``: it came by the Unix socket, past the file's permissions. ``uid`` is the user of the process that
    connected, ``pid`` that process (Unix socket only), ``inode`` the number of its end of a TCP connection, by which
    ``/proc/PID/fd`` names it. ``address`` is its IP address.
    """

    over_socket: bool = False
    uid: int | None = None
    pid: int | None = None
    inode: int | None = None
    address: str | None = None


def identify(accepted: socket.socket, peers: Peers) -> Caller:
    """Name the caller of an accepted connection, before a byte of it is read."""
    if accepted.family == socket.AF_UNIX:
        pid, uid = _credentials(accepted)
        return Caller(over_socket=True, uid=uid, pid=pid)
    try:
        client, server = accepted.getpeername()[:2], accepted.getsockname()[:2]
    except OSError:  # it has gone already
        return Caller()
    peer = peers.peer(client, server)
    if peer is None:
        return Caller(address=client[0])
    return Caller(uid=peer.uid, inode=peer.inode, address=client[0])


def _credentials(accepted: socket.socket) -> tuple[int | None, int | None]:
    """The process and user that connected; None each where the system has no SO_PEERCRED or does not know."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None, None
    try:
        pid, uid, _ = _CREDENTIALS.unpack(accepted.getsockopt(socket.SOL_SOCKET, option, _CREDENTIALS.size))
    except OSError:
        return None, None
    return pid or None, uid
