"""Opens a store for a program of one's own: as its only writer, or to read beside a daemon."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from agor_core.clock import SystemClock
from agor_core.config.paths import Paths
from agor_core.db import engines, migrate, schema, store, store_lock
from agor_core.errors import StoreUnusable
from agor_core.library.boards import Approvals, Boards, Repos, Worktrees
from agor_core.library.sessions import Sessions
from agor_core.library.tasks import Messages, Tasks


class LibraryStore:
    """An open store: its records by kind, and the units of work beneath them."""

    def __init__(self, units: store.Store, *, read_only: bool) -> None:
        self.units = units
        """Runs units of work on connections, for what the calls below do not offer."""
        self.sessions = Sessions(units, read_only=read_only)
        self.tasks = Tasks(units, read_only=read_only)
        self.messages = Messages(units, read_only=read_only)
        self.boards = Boards(units, read_only=read_only)
        self.repos = Repos(units, read_only=read_only)
        self.worktrees = Worktrees(units, read_only=read_only)
        self.approvals = Approvals(units, read_only=read_only)


@contextlib.asynccontextmanager
async def open_store(url: str | Path, *, read_only: bool = False) -> AsyncIterator[LibraryStore]:
    """Open a store by its file or database address; it is made, or brought up to date, where that is needed.

    While it is open no daemon can have it, and no other program; ``read_only`` opens it beside one, and changes
    nothing. Raises CannotStart, naming who has it, and StoreUnusable.
    """
    address, home = _place(url)
    clock = SystemClock()
    with contextlib.ExitStack() as held:
        if read_only:
            _check_there(address)
        else:
            held.enter_context(store_lock.hold(address, Paths(home)))
            migrate.prepare(address, backups=home / "backups", clock=clock)
        opened = await store.open_store(address, clock=clock)
        try:
            yield LibraryStore(opened, read_only=read_only)
        finally:
            await opened.close()


def _place(url: str | Path) -> tuple[str, Path]:
    """The address of a store, and the folder that it is in, or that this program runs in."""
    address = url if isinstance(url, str) and "://" in url else engines.sqlite_url(Path(url).expanduser().absolute())
    file = engines.sqlite_file(address)
    return (address, Path.cwd()) if file is None else (engines.sqlite_url(file), file.parent)


def _check_there(address: str) -> None:
    version = migrate.schema_version(address)
    if version is None:
        raise StoreUnusable("There is no store yet; open it once to write, or start the daemon.")
    schema.check_known(version, "the database")
