"""A repository's conversions between file and blob, and the config that keeps its filter programs from running.

Line ends, ``$Id$`` and encodings are git's own work and stay on, so that trees and differences look as the user's git
shows them. Filters (``filter.NAME.clean``, ``smudge``, ``process``: Git LFS, git-crypt, anything) are programs that a
config names; they never run for us: contents pass them unchanged.
"""

from dataclasses import dataclass
from pathlib import Path

from agor_core.git.porcelain import settings
from agor_core.git.process import attempt

_INTERESTING = r"^(filter\..*|core\.(autocrlf|attributesfile|sparsecheckout))$"
_ON = frozenset({b"true", b"yes", b"on", b"1"})


@dataclass(frozen=True, slots=True)
class Conversion:
    """``config`` switches filters off; ``everywhere`` is True if files are converted even without attributes."""

    config: tuple[tuple[str, str], ...]
    everywhere: bool
    sparse: bool


async def conversion(worktree: Path) -> Conversion:
    """Read the conversions from the repository's config."""
    found = settings((await attempt("config", "-z", "--get-regexp", _INTERESTING, cwd=worktree)).stdout)
    drivers = {key[len(b"filter.") :].rpartition(b".")[0] for key in found if key.startswith(b"filter.")}
    config: list[tuple[str, str]] = []
    for driver in sorted(drivers):
        name = driver.decode("utf-8", "surrogateescape")
        config += [(f"filter.{name}.{part}", "") for part in ("clean", "smudge", "process")]
        config.append((f"filter.{name}.required", "false"))
    return Conversion(
        tuple(config),
        everywhere=found.get(b"core.autocrlf", b"false").lower() in _ON | {b"input"} or b"core.attributesfile" in found,
        sparse=found.get(b"core.sparsecheckout", b"false").lower() in _ON,
    )
