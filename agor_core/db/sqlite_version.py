"""The version of SQLite that is in use, and what is known to be wrong with it."""

import sqlite3

MENDED = (3, 51, 3)
"""Before it a write of a second program, at the moment at which the log starts over, could damage the database:
https://www.sqlite.org/wal.html#walreset"""


def warning(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> str | None:
    """A sentence about the fault of this version; None if it has none that matters here."""
    if version >= MENDED:
        return None
    return (
        f"SQLite {'.'.join(map(str, version))} can damage a database that two programs write at once (mended in "
        f"{'.'.join(map(str, MENDED))}): let nothing but the daemon write to it; it stops when something else did."
    )
