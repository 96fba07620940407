"""The daemon that has a store, its hold on it, and the error for another that wants it."""

import msgspec

from agor_core.errors import CannotStart


class Holder(msgspec.Struct, frozen=True):
    """The daemon that has a store."""

    host: str
    pid: int
    home: str

    def __str__(self) -> str:
        return f"host {self.host}, pid {self.pid}, home {self.home}"


class Hold:
    """A daemon's hold on its store; ``lost`` is the sentence that says who has it now, once it is lost."""

    lost: str | None = None


def refused(store: str, holder: str) -> CannotStart:
    """The error for a store that another daemon has; ``store`` says which it is."""
    return CannotStart(
        f"The database {store} has a daemon already: {holder}. "
        "Stop that one, or give this home another database: agor config set database_url URL"
    )
