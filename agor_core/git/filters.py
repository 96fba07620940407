"""The filter programs that run where a worktree is filled: those of the user, and those of the repository seen before.

``.gitattributes`` only names a filter; a config says which program it is. The system's config and the user's own are
the user's word. A repository's config is foreign, and an agent can change it: of it only those filters run that a
person added or confirmed, with the programs of that time.
"""

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agor_core.git.files import git_directory
from agor_core.git.process import attempt

PARTS = ("clean", "smudge", "process", "required")
USERS_OWN = frozenset({b"system", b"global"})
LFS = "lfs"
FILTER_TIMEOUT = 900.0
_TICK = 0.02
"""Seconds; file times differ after at most these."""

Parts = dict[str, str]
"""One filter's config: ``clean``, ``smudge``, ``process`` and ``required``."""


@dataclass(frozen=True, slots=True)
class Filters:
    """``config`` makes git run the filters ``on`` and none of the filters ``off``."""

    config: tuple[tuple[str, str], ...] = ()
    on: tuple[str, ...] = ()
    off: tuple[str, ...] = ()


async def own_filters(repo: Path) -> dict[str, str]:
    """The filters in the repository's own config, by key (``filter.NAME.clean``)."""
    _, own = await _configured(repo)
    return {f"filter.{driver}.{part}": value for driver, parts in own.items() for part, value in parts.items()}


async def allowed_filters(repo: Path, trusted: Mapping[str, str] | None) -> Filters:
    """The filters that may run in ``repo``; of its own config those in ``trusted``, as they are there."""
    users, own = await _configured(repo)
    seen = _by_driver(trusted or {})
    config: list[tuple[str, str]] = []
    on: list[str] = []
    off: list[str] = []
    for driver in sorted(users.keys() | own.keys()):
        wanted = _wanted(users.get(driver), own.get(driver), seen.get(driver))
        (off if wanted is None else on).append(driver)
        if driver in own and (wanted is None or own[driver] != seen.get(driver)):
            config += _setting(driver, wanted)
    return Filters(tuple(config), tuple(on), tuple(off))


def _wanted(users: Parts | None, own: Parts | None, seen: Parts | None) -> Parts | None:
    """The config to run; None for a filter that must not run."""
    wanted = users if seen is None or own is None else {**(users or {}), **seen}
    # git lets no config take back a ``process``: an empty one switches the whole filter off
    return None if wanted is not None and "process" in (own or {}) and "process" not in wanted else wanted


async def used(worktree: Path, driver: str) -> bool:
    """Whether a file of the working tree is under this filter; True for a name that git cannot ask for."""
    found = await attempt("ls-files", "-z", "--", f":(attr:filter={driver})", cwd=worktree, limit=1)
    return found.cut or bool(found.stdout) or found.code != 0


async def fill_lfs(worktree: Path, filters: Filters) -> int:
    """Give files of Git LFS their content as far as it is on this machine; how many stay pointers.

    The filter itself runs without downloads, and then leaves pointers even where the content is there.
    """
    if LFS not in filters.on or not await used(worktree, LFS):
        return 0
    done = await attempt("lfs", "checkout", cwd=worktree, config=filters.config, timeout=FILTER_TIMEOUT)
    return done.stderr.count(b"Skipped checkout for ")


async def settle_times(worktree: Path) -> None:
    """Make the index younger than every file, so that git trusts what it says of them without reading them.

    A file as young as the index is compared by its content, which takes the filter; ours does not run it.
    """
    await asyncio.sleep(_TICK)
    await asyncio.to_thread(os.utime, git_directory(worktree) / "index", (time.time(), time.time()))


def _setting(driver: str, wanted: Parts | None) -> list[tuple[str, str]]:
    """The config that makes git take these parts, whatever the repository's says."""
    parts = {"clean": "", "smudge": "", "required": "false"} | (wanted if wanted is not None else {"process": ""})
    return [(f"filter.{driver}.{part}", value) for part, value in parts.items()]


async def _configured(repo: Path) -> tuple[dict[str, Parts], dict[str, Parts]]:
    """The filters of the system and the user, and those of the repository."""
    said = await attempt("config", "-z", "--show-scope", "--get-regexp", r"^filter\.", cwd=repo)
    users: dict[str, str] = {}
    own: dict[str, str] = {}
    pieces = iter(said.stdout.split(b"\0")[:-1])
    for scope in pieces:
        key, separator, value = next(pieces).partition(b"\n")
        into = users if scope in USERS_OWN else own
        into[_text(key)] = _text(value) if separator else "true"
    return _by_driver(users), _by_driver(own)


def _by_driver(settings: Mapping[str, str]) -> dict[str, Parts]:
    found: dict[str, Parts] = {}
    for key, value in settings.items():
        driver, _, part = key.removeprefix("filter.").rpartition(".")
        if part in PARTS:
            found.setdefault(driver, {})[part] = value
    return found


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
