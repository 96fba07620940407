"""The bearer token for callers that are not the daemon's user: a file that only its owner can read."""

import hmac
import os
import secrets
import stat
from pathlib import Path

from agor_core.config import private_file
from agor_core.errors import CannotStart

BYTES = 32


def load_or_create(file: Path) -> bytes:
    """The token in the file, created if missing. Raises CannotStart for a file that others could read or write."""
    if file.is_symlink() or file.exists():
        return _load(file)
    token = secrets.token_urlsafe(BYTES).encode()
    try:
        private_file.write(file, token + b"\n")
    except OSError as error:
        raise CannotStart(f"The token {file} cannot be made: {error.strerror}.") from None
    return token


def _load(file: Path) -> bytes:
    try:
        descriptor = private_file.open_regular(file, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        raise CannotStart(f"The token {file} cannot be read: {error.strerror}.") from None
    with os.fdopen(descriptor, "rb") as opened:
        found = os.fstat(descriptor)
        if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
            raise CannotStart(
                f"The token {file} must be a file of this user with mode 0600; remove it to get a new one."
            )
        token = opened.read(4096).strip()
    if len(token) < BYTES:
        raise CannotStart(f"The token {file} is too short; remove it to get a new one.")
    return token


def matches(authorization: bytes, token: bytes) -> bool:
    """Whether an ``Authorization`` header holds the token; compared in constant time."""
    scheme, _, given = authorization.partition(b" ")
    return scheme.lower() == b"bearer" and hmac.compare_digest(given.strip(), token)
