"""Blocks of ports, one a worktree, so that what two sessions serve does not meet."""

import socket
from collections.abc import Collection, Iterator

SIZE = 10
LOWEST, HIGHEST = 20_000, 32_000
"""Below the ports that systems give to clients by themselves (Linux: from 32768)."""


def free_block(taken: Collection[int]) -> int | None:
    """The first port of a block that no worktree has and nothing listens on; None if there is none."""
    return next((base for base in _blocks() if base not in taken and _is_free(base)), None)


def _blocks() -> Iterator[int]:
    yield from range(LOWEST, HIGHEST, SIZE)


def _is_free(base: int) -> bool:
    return all(_can_listen(port) for port in range(base, base + SIZE))


def _can_listen(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
