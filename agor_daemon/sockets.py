"""The daemon's listening sockets, bound before the store is opened: two loopback addresses and a Unix socket."""

import contextlib
import errno
import ipaddress
import os
import socket
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agor_core.config.paths import Paths
from agor_core.config.settings import DaemonSettings
from agor_core.errors import CannotStart
from agor_daemon import listening_process
from agor_daemon.home import private_folder

BACKLOG = 1024
ATTEMPTS = 50
NO_IPV6 = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT})


@dataclass(frozen=True, slots=True)
class Listening:
    """The bound sockets; ``port`` is the same on all addresses, ``path`` that of the Unix socket."""

    sockets: tuple[socket.socket, ...]
    port: int
    path: Path
    inode: int

    def remove(self) -> None:
        """Remove the Unix socket, unless another daemon's is in its place by now."""
        with contextlib.suppress(OSError):
            if self.path.lstat().st_ino == self.inode:
                self.path.unlink()


@contextlib.contextmanager
def listen(settings: DaemonSettings, paths: Paths) -> Iterator[Listening]:
    """Bind all sockets or none. Raises CannotStart, which names the program that has the port if possible."""
    check_safe(settings)
    with contextlib.ExitStack() as stack:
        addresses = _tcp(settings)
        for opened in addresses:
            stack.callback(opened.close)
        elsewhere = paths.socket.parent if paths.socket.parent != paths.home else None
        if elsewhere is not None:
            private_folder(elsewhere)
            stack.callback(_remove_empty, elsewhere)
        file = _unix(paths.socket)
        port = int(addresses[0].getsockname()[1])
        listening = Listening((*addresses, file), port, paths.socket, paths.socket.lstat().st_ino)
        stack.callback(listening.remove)
        stack.callback(file.close)
        yield listening


def check_safe(settings: DaemonSettings) -> None:
    """Raises CannotStart if other machines could call and no allowed host names are configured."""
    if beyond_loopback(settings) and not settings.allowed_hosts:
        raise CannotStart(
            f"daemon.host = {settings.host!r} can be reached from other machines; say by which names, in "
            "daemon.allowed_hosts. Callers need the token then ('agor daemon token')."
        )


def beyond_loopback(settings: DaemonSettings) -> bool:
    """Whether other machines can reach the daemon."""
    return settings.host is not None and not _is_loopback(settings.host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tcp(settings: DaemonSettings) -> list[socket.socket]:
    """One socket per address, all on one port; for port 0 the first port that is free on all of them."""
    hosts = ["127.0.0.1", "::1"]
    if settings.host is not None and beyond_loopback(settings):
        hosts = [settings.host]
    for _ in range(ATTEMPTS):
        opened: list[socket.socket] = []
        port = settings.port
        try:
            for host in hosts:
                if (made := _bind(host, port)) is not None:
                    opened.append(made)
                    port = made.getsockname()[1]
        except OSError as error:
            for made in opened:
                made.close()
            if settings.port == 0 and error.errno == errno.EADDRINUSE:
                continue
            raise CannotStart(_why(host, port, error)) from None
        if opened:
            return opened
        break
    raise CannotStart("No address could be bound: there is no loopback interface, or no free port.")


def _bind(host: str, port: int) -> socket.socket | None:
    """A bound socket; None for IPv6 on a machine without it."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        made = socket.socket(family, kind, protocol)
    except OSError:
        if host == "::1":
            return None
        raise
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
        # Only listening takes the port: with SO_REUSEADDR two programs can be bound to it.
        made.listen(BACKLOG)
    except OSError as error:
        made.close()
        if host == "::1" and error.errno in NO_IPV6:
            return None
        raise
    return made


def _why(host: str, port: int, error: OSError) -> str:
    if error.errno != errno.EADDRINUSE:
        return f"The address {host} port {port} cannot be bound: {error.strerror}."
    who = listening_process.describe(port)
    return (
        f"Port {port} on {host} is taken by {who or 'another program'}; stop it, or choose another port with "
        "AGOR_PORT or daemon.port in config.toml."
    )


def _unix(path: Path) -> socket.socket:
    """The Unix socket; one that an earlier daemon left is replaced, which the home's lock makes safe."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        _remove(path)
        made.bind(str(path))
        made.listen(BACKLOG)
    except OSError as error:
        made.close()
        raise CannotStart(f"The socket {path} cannot be made: {error.strerror or error}.") from None
    finally:
        os.umask(before)
    return made


def _remove(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()


def _remove_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()
