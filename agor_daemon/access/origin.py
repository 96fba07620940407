"""The Host, Origin and Sec-Fetch-Site headers, which a browser sets: checked before the body is read."""

from collections.abc import Collection, Iterable

from agor_core.errors import Refused

Headers = Iterable[tuple[bytes, bytes]]

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
HARMLESS_SITES = frozenset({b"none", b"same-origin"})
FORWARDING = frozenset({b"forwarded", b"via", b"x-real-ip", b"x-client-ip", b"x-original-host"})


def allowed_names(port: int, further: Collection[str] = ()) -> frozenset[bytes]:
    """The allowed values of ``Host``, in lower case; ``further`` are configured names with or without a port."""
    names = {f"{name}:{port}" for name in LOOPBACK_NAMES}
    for name in further:
        names |= {name} if _has_port(name) else {f"{name}:{port}", name}
    if port == 80:
        names |= set(LOOPBACK_NAMES)
    return frozenset(name.lower().encode() for name in names)


def check(headers: Headers, names: Collection[bytes]) -> None:
    """Refuse foreign host names (DNS rebinding) and pages of other origins. Raises Refused."""
    hosts = [value for key, value in headers if key == b"host"]
    if len(hosts) != 1 or hosts[0].lower() not in names:
        raise Refused("The Host header must be this daemon's own name and port.")
    origins = [value.lower() for key, value in headers if key == b"origin"]
    if len(origins) > 1 or any(
        origin.removeprefix(b"http://") not in names or b"//" not in origin for origin in origins
    ):
        raise Refused("Requests from pages of another origin are refused.")
    if any(key == b"sec-fetch-site" and value.lower() not in HARMLESS_SITES for key, value in headers):
        raise Refused("Requests from another site are refused.")


def forwarded(headers: Headers) -> bool:
    """Whether a proxy forwarded the request, so that the peer of the connection is not its sender."""
    return any(key in FORWARDING or key.startswith(b"x-forwarded") for key, _ in headers)


def _has_port(name: str) -> bool:
    head, colon, port = name.rpartition(":")
    return bool(colon) and port.isdecimal() and (":" not in head or head.endswith("]"))
