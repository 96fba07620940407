"""Connections to the daemon's Unix socket: its path, and the check that our user owns it."""

import os
import select
import socket
import stat
import struct
from http.client import HTTPConnection
from pathlib import Path

from agor_core.config import pidfile
from agor_core.config.paths import Paths
from agor_tui.client.errors import NoDaemon, NotAnswering

NOT_RUNNING = "The daemon is not running; start it with: agor daemon start"
NOT_ANSWERING = "The daemon does not answer; see: agor daemon status"


def socket_path(paths: Paths) -> Path:
    """The path of the daemon's socket: the pid file's if that socket exists, else the home's."""
    info = pidfile.read(paths.pid)
    if info is not None and info.socket:
        noted = Path(info.socket)
        if noted.exists():
            return noted
    return paths.socket


def connect(paths: Paths, timeout: float) -> socket.socket:
    """Connect to the daemon's socket. Raises NoDaemon if no process, or one of another user, listens; NotAnswering."""
    path = socket_path(paths)
    _check_owner(path)
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connected.settimeout(timeout)
        connected.connect(os.fspath(path))
        _check_peer(connected)
    except TimeoutError:
        connected.close()
        raise NotAnswering(NOT_ANSWERING) from None
    except BlockingIOError:  # the listen queue is full: it has not accepted for a while
        connected.close()
        raise NotAnswering(NOT_ANSWERING) from None
    except OSError:
        connected.close()
        raise NoDaemon(NOT_RUNNING) from None
    except NoDaemon:
        connected.close()
        raise
    return connected


class SocketConnection(HTTPConnection):
    """An HTTP connection over the daemon's socket."""

    def __init__(self, paths: Paths, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._paths = paths
        self._timeout = timeout

    def connect(self) -> None:
        self.sock = connect(self._paths, self._timeout)

    def answered(self, seconds: float) -> bool:
        """Wait up to ``seconds`` for data or the end of the connection; whether it came."""
        waiting = select.poll()
        waiting.register(self.sock, select.POLLIN)
        return bool(waiting.poll(seconds * 1000))

    def __del__(self) -> None:
        """Close the connection with its thread: it is referenced only there."""
        self.close()


def _check_owner(path: Path) -> None:
    try:
        found = path.lstat()
    except OSError:
        raise NoDaemon(NOT_RUNNING) from None
    if not stat.S_ISSOCK(found.st_mode):
        raise NoDaemon(f"{path} is not a socket; something else is in the daemon's place.")
    if found.st_uid != os.getuid():
        raise NoDaemon(f"{path} belongs to another user; it is not used.")


def _check_peer(connected: socket.socket) -> None:
    """Check the listening process: the file's owner only made the socket; the kernel knows the peer (Linux)."""
    if not hasattr(socket, "SO_PEERCRED"):
        return
    credentials = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, user, _ = struct.unpack("3i", credentials)
    if user != os.getuid():
        raise NoDaemon("Another user listens on the daemon's socket; it is not used.")
