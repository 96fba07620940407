"""Memory goes back to the system when it is free, so that one large answer does not make the daemon large for good."""

import ctypes
import sys

M_MMAP_THRESHOLD = -3
M_ARENA_MAX = -8
LARGE = 128 * 1024
"""Bytes, from which on a block is mapped by itself and unmapped when it is freed; glibc would raise this limit."""
ARENAS = 2
"""Heaps for all threads; glibc would make eight for each processor, which keep what is free in them."""


def return_when_free() -> bool:
    """Set up the allocator of the C library; False where it is not glibc's. See mallopt(3)."""
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(M_MMAP_THRESHOLD, LARGE)) and bool(mallopt(M_ARENA_MAX, ARENAS))
