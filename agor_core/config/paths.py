"""The places under Agor's home (``$AGOR_HOME``, by default ``~/.agor``)."""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agor_core.errors import InvalidInput

LONGEST_SOCKET_PATH = 100
"""Bytes; the kernel's limit is 108 on Linux and 104 on macOS."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Every path under the home, by name."""

    home: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Paths":
        """The home that ``AGOR_HOME`` names, or ``~/.agor``; made absolute, links left as they are.

        Raises InvalidInput for a ``~user`` without a home.
        """
        environ = os.environ if environ is None else environ
        given = environ.get("AGOR_HOME") or "~/.agor"
        try:
            home = Path(given).expanduser()
        except RuntimeError:
            raise InvalidInput(f"AGOR_HOME: {given!r} is in no user's home.", place="AGOR_HOME") from None
        return cls(Path(os.path.abspath(home)))  # noqa: PTH100 - resolve() would follow links

    @property
    def config(self) -> Path:
        return self.home / "config.toml"

    @property
    def database(self) -> Path:
        return self.home / "agor.db"

    @property
    def backups(self) -> Path:
        return self.home / "backups"

    @property
    def lock(self) -> Path:
        return self.home / "daemon.lock"

    @property
    def pid(self) -> Path:
        return self.home / "daemon.pid"

    @property
    def former_pid(self) -> Path:
        """The pid file of versions before 0.1.0's release."""
        return self.home / "daemon.json"

    @property
    def token(self) -> Path:
        return self.home / "token"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def daemon_log(self) -> Path:
        return self.logs / "daemon.log"

    @property
    def daemon_output(self) -> Path:
        """The daemon's stdout and stderr: errors at its start, and crashes."""
        return self.logs / "daemon.out"

    @property
    def worktrees(self) -> Path:
        return self.home / "worktrees"

    @property
    def objects(self) -> Path:
        """The stores of checkpoints, one a repo."""
        return self.home / "objects"

    @property
    def check_logs(self) -> Path:
        """The output of checks, a folder for each session."""
        return self.home / "checks"

    @property
    def check_trees(self) -> Path:
        """The working trees in which earlier states are checked, for as long as that takes."""
        return self.home / "worktrees" / ".checks"

    @property
    def trash(self) -> Path:
        """The records of sessions that were removed for good, for as long as they can be brought back."""
        return self.home / "trash"

    @property
    def scratch(self) -> Path:
        """The folders of sessions that were created without one."""
        return self.home / "scratch"

    @property
    def agents(self) -> Path:
        """The demo agent's history."""
        return self.home / "agents"

    @property
    def theme(self) -> Path:
        """The theme that a person chose in the app."""
        return self.home / "theme.json"

    @property
    def arrangements(self) -> Path:
        """How each board is arranged in the app."""
        return self.home / "boards.json"

    @property
    def socket(self) -> Path:
        """The daemon's Unix socket; in a private folder of the temporary directory if the home's path is too long."""
        inside = self.home / "daemon.sock"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET_PATH:
            return inside
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"agor-{os.getuid()}-{digest}" / "daemon.sock"
