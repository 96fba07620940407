"""Submodules of a worktree, filled from what is on this machine: no network, and no repository of theirs changes.

Git keeps a submodule's repository in ``modules/NAME`` of the repository above it; that of a linked worktree is its own,
in the worktree's admin folder, as ``git submodule update --init`` makes it. Ours is a copy of the user's: its objects
are hard links, its refs, remotes and hooks are theirs.
"""

import asyncio
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agor_core.errors import AgorError, GitFailed
from agor_core.git.durability import SYNCED
from agor_core.git.files import at, common_directory, git_directory, is_there
from agor_core.git.filters import allowed_filters
from agor_core.git.object_store import ObjectStore
from agor_core.git.porcelain import GITLINK, fields, lossy, tree_entries
from agor_core.git.process import attempt, git
from agor_core.git.sharing import share

CHECKOUT_TIMEOUT = 900.0
MOST_COMMITS = 1_000
_COPIED = ("config", "config.worktree", "packed-refs", "shallow", "refs", "info", "hooks")
_PATH = r"^submodule\..*\.path$"


@dataclass(frozen=True, slots=True)
class Submodule:
    """A submodule by its ``name`` (None: ``.gitmodules`` has none), with the commit that is recorded for it."""

    name: str | None
    path: bytes
    commit: str


async def recorded(worktree: Path, tree: str = "HEAD", store: ObjectStore | None = None) -> list[Submodule]:
    """The submodules that a commit or tree records; none without a ``.gitmodules`` file. Raises GitFailed."""
    if not (worktree / ".gitmodules").is_file():
        return []
    env = None if store is None else store.borrowing
    listing = tree_entries(await git("ls-tree", "-r", "-z", "--full-tree", tree, cwd=worktree, env=env))
    names = await _names(worktree)
    return [Submodule(names.get(path), path, commit) for mode, commit, path in listing if mode == GITLINK]


async def fill(worktree: Path, wanted: Sequence[Submodule], lenders: Sequence[Path]) -> list[str]:
    """Check the submodules out at their commits; the paths of those that are not on this machine.

    ``lenders`` are the tops of working trees whose submodules may be copied, best first.
    """
    roots = [root for lender in lenders for root in _roots(lender)]
    return [lossy(path) for module in wanted for path in await _fill_one(worktree, module, roots, lenders)]


async def changed_inside(worktree: Path) -> list[str]:
    """The submodules in which something is uncommitted: neither checkpoints nor differences hold that."""
    paths = [module.path for module in await _present(worktree)]
    states = await asyncio.gather(*(_is_dirty(at(worktree, path)) for path in paths))
    return [lossy(path) for path, dirty in zip(paths, states, strict=True) if dirty]


async def filled(worktree: Path) -> list[bytes]:
    """The paths of the submodules that are filled, and of those inside of them."""
    found: list[bytes] = []
    for module in await _present(worktree):
        inner = await filled(at(worktree, module.path))
        found += [module.path, *(module.path + b"/" + path for path in inner)]
    return found


async def commits_only_here(worktree: Path, lender: Path | None = None) -> dict[bytes, list[str]]:
    """By path, the commits of submodules that would be lost with the worktree, as the user's repository lacks them.

    ``lender`` is that repository; by default the one that the worktree belongs to.
    """
    root = common_directory(worktree) if lender is None else lender
    found: dict[bytes, list[str]] = {}
    present = await _present(worktree)
    for name, repository in await asyncio.to_thread(_repositories, git_directory(worktree) / "modules"):
        theirs = root / "modules" / name
        if all(module.name != name for module in present) and repository != theirs:
            lent = theirs if (theirs / "HEAD").is_file() else None
            if commits := await _own_commits(repository, lent, bare=True):
                found[os.fsencode(name)] = commits
    for module in present:
        folder = at(worktree, module.path)
        theirs = root / "modules" / (module.name if module.name and _is_plain(module.name) else "-")
        if commits := await _own_commits(folder, theirs if (theirs / "HEAD").is_file() else None):
            found[module.path] = commits
        inner = await commits_only_here(folder, theirs)
        found |= {module.path + b"/" + path: commits for path, commits in inner.items()}
    return found


async def relink(worktree: Path) -> None:
    """Write the links between a working tree and its submodules anew, after its admin folder was moved."""
    for module in await _present(worktree):
        folder = at(worktree, module.path)
        admin = git_directory(worktree) / "modules" / (module.name or "")
        if module.name is None or not _is_plain(module.name) or not (admin / "HEAD").is_file():
            continue
        await asyncio.to_thread(_point, folder, admin)
        await _set_worktree(worktree, admin, folder)
        await relink(folder)


async def _fill_one(worktree: Path, module: Submodule, roots: Sequence[Path], lenders: Sequence[Path]) -> list[bytes]:
    """Fill one submodule and those inside of it; the paths that stay empty."""
    folder = at(worktree, module.path)
    source = await _source(module, roots, lenders)
    if source is None or module.name is None or not _is_free(worktree, folder):
        return [module.path]
    admin = git_directory(worktree) / "modules" / module.name
    try:
        await asyncio.to_thread(_copy, source, admin, folder, module.commit)
        await _set_worktree(worktree, admin, folder)
        config = (await allowed_filters(folder, None)).config
        await git(
            "checkout", "-q", "--force", "--detach", module.commit, "--",
            cwd=folder, config=(*config, *SYNCED), timeout=CHECKOUT_TIMEOUT,
        )  # fmt: skip
        inner = await recorded(folder)
    except (AgorError, OSError):
        await asyncio.to_thread(_empty, admin, folder)
        return [module.path]
    empty: list[bytes] = []
    for below in inner:
        above = [root / "modules" / module.name for root in roots]
        lent = [at(lender, module.path) for lender in lenders]
        empty += [module.path + b"/" + path for path in await _fill_one(folder, below, [source, *above], lent)]
    return empty


async def _source(module: Submodule, roots: Sequence[Path], lenders: Sequence[Path]) -> Path | None:
    """A repository of the submodule that has its commit."""
    if module.name is None or not _is_plain(module.name):
        return None
    places = [root / "modules" / module.name for root in roots]
    places += [at(lender, module.path) / ".git" for lender in lenders]
    for place in places:
        if (place / "HEAD").is_file() and (place / "objects").is_dir():
            asked = ("cat-file", "-e", f"{module.commit}^{{commit}}")
            if (await attempt(*asked, cwd=place, env={"GIT_DIR": os.fspath(place)})).code == 0:
                return place
    return None


def _copy(source: Path, admin: Path, folder: Path, commit: str) -> None:
    """Make ``admin`` a repository like ``source``, and ``folder`` its working tree, at a detached commit."""
    for made in (admin / "objects/pack", admin / "refs", folder):
        made.mkdir(parents=True, exist_ok=True)
    for name in _COPIED:
        if (source / name).is_dir():
            shutil.copytree(source / name, admin / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sample"))
        elif (source / name).is_file():
            shutil.copyfile(source / name, admin / name)
    share(source / "objects", admin / "objects")
    (admin / "HEAD").write_text(f"{commit}\n", encoding="ascii")
    _point(folder, admin)


async def _set_worktree(worktree: Path, admin: Path, folder: Path) -> None:
    """Say in the copied config where the working tree is, as git does for a submodule."""
    settings = (("core.worktree", _from(folder, admin)), ("core.bare", "false"))
    for name in ("config", "config.worktree"):
        if (admin / name).is_file():
            for key, value in settings:
                await git("config", "--file", os.fspath(admin / name), "--replace-all", key, value, cwd=worktree)


def _point(folder: Path, admin: Path) -> None:
    (folder / ".git").write_bytes(b"gitdir: " + os.fsencode(_from(admin, folder)) + b"\n")


def _from(path: Path, folder: Path) -> str:
    """The path as seen from a folder."""
    return os.path.relpath(path, folder)


def _empty(admin: Path, folder: Path) -> None:
    shutil.rmtree(admin, ignore_errors=True)
    for entry in folder.iterdir() if folder.is_dir() else ():
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()


async def _names(worktree: Path) -> dict[bytes, str]:
    """The name of the submodule at each path."""
    said = await attempt("config", "-z", "--file", ".gitmodules", "--get-regexp", _PATH, cwd=worktree)
    names: dict[bytes, str] = {}
    for entry in fields(said.stdout):
        key, _, path = entry.partition(b"\n")
        names[path] = os.fsdecode(key[len(b"submodule.") : -len(b".path")])
    return names


async def _present(worktree: Path) -> list[Submodule]:
    """The submodules that are filled."""
    try:
        modules = await recorded(worktree)
    except GitFailed:
        return []
    return [module for module in modules if is_there(at(worktree, module.path) / ".git")]


async def _is_dirty(folder: Path) -> bool:
    config = (await allowed_filters(folder, None)).config
    said = await attempt("status", "--porcelain", "-z", cwd=folder, config=config, limit=1)
    return said.cut or bool(said.stdout)


async def _own_commits(folder: Path, lender: Path | None, *, bare: bool = False) -> list[str]:
    """The commits of a submodule's repository that ``lender`` does not have; without one, those not on a remote.

    Its reflogs and its stash count. With ``bare`` the folder is the repository, whose working tree is gone.
    """
    tips = ("HEAD", "--all", "--reflog", "--not", "--remotes")
    own = {"GIT_DIR": os.fspath(folder), "GIT_WORK_TREE": os.fspath(folder)} if bare else {}
    said = await attempt("rev-list", f"--max-count={MOST_COMMITS}", *tips, "--", cwd=folder, env=own)
    commits = said.stdout.decode("ascii", "replace").split()
    if lender is None or not commits:
        return commits
    asked = "".join(f"{commit}\n" for commit in commits).encode()
    env = {"GIT_DIR": os.fspath(lender)}
    found = await attempt("cat-file", "--batch-check=%(objectname)", cwd=lender, stdin=asked, env=env)
    return [line.split()[0] for line in found.stdout.decode().splitlines() if line.endswith(" missing")]


def _repositories(folder: Path) -> list[tuple[str, Path]]:
    """The repositories below ``modules``, by the names of their submodules; not those inside of them."""
    found: list[tuple[str, Path]] = []
    for place in sorted(folder.iterdir()) if folder.is_dir() else ():
        if (place / "HEAD").is_file() and (place / "objects").is_dir():
            found.append((place.name, place))
        elif place.is_dir() and not place.is_symlink():
            found += [(f"{place.name}/{name}", path) for name, path in _repositories(place)]
    return found


def _roots(lender: Path) -> Iterator[Path]:
    """The folders of a working tree's repository that may hold submodules' repositories: its own and the shared one."""
    try:
        yield from dict.fromkeys((git_directory(lender), common_directory(lender)))
    except AgorError:
        if (lender / "HEAD").is_file():
            yield lender


def _is_plain(name: str) -> bool:
    """Whether a name that a repository gives stays below ``modules``."""
    return not name.startswith(("/", "-")) and all(part not in ("", ".", "..") for part in name.split("/"))


def _is_free(worktree: Path, folder: Path) -> bool:
    inside = folder.parent.resolve().is_relative_to(worktree.resolve())
    return inside and not folder.is_symlink() and not (folder.exists() and any(_entries(folder)))


def _entries(folder: Path) -> Iterable[Path]:
    return folder.iterdir() if folder.is_dir() else (folder,)
