"""Locates a folder in git: its repository, its working tree, and the checked-out commit."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from agor_core.errors import GitFailed, InvalidInput
from agor_core.git.files import git_directory, is_there
from agor_core.git.porcelain import ListedWorktree, lossy, printable, worktrees
from agor_core.git.process import attempt, failure, git

_SIDES = ("--is-inside-work-tree", "--is-bare-repository", "--is-inside-git-dir")
_PLACES = ("--path-format=absolute", "--git-common-dir", "--show-prefix", "--show-toplevel")
"""The last one fails outside of a working tree."""


@dataclass(frozen=True, slots=True)
class Location:
    """A folder's location in a repository; paths are absolute, with links resolved as git does.

    ``main_worktree`` is the first working tree of a repository (the repository itself if it is bare). ``prefix`` is
    the folder below ``toplevel``, without slashes around it, empty at the top. In a bare repository, or inside a
    ``.git`` folder, ``toplevel`` is the main worktree.
    """

    toplevel: Path
    main_worktree: Path
    prefix: str
    bare: bool


@dataclass(frozen=True, slots=True)
class Head:
    """The checked-out commit and branch: ``sha`` is None before the first commit, ``branch`` if detached."""

    sha: str | None
    branch: str | None


async def locate(path: Path) -> Location | None:
    """The location of a folder (or of a file's folder); None outside of any repository. A submodule is a repository.

    Raises:
        GitFailed: the folder does not exist, or git does not trust the repository or cannot read it.
    """
    folder = _folder(path)
    if folder.is_dir() and not may_be_inside(folder):
        return None
    found, trees = await asyncio.gather(
        attempt("rev-parse", *_SIDES, *_PLACES, cwd=folder), listed(folder), return_exceptions=True
    )
    if isinstance(found, BaseException):
        raise found
    said = found.stdout.split(b"\n")
    if len(said) <= len(_SIDES):
        if b"not a git repository" in found.stderr and b"not a git repository: " not in found.stderr:
            return None
        raise _explained(folder, failure(found, "rev-parse"))
    if isinstance(trees, BaseException):
        raise trees
    inside, bare, internal = (line == b"true" for line in said[: len(_SIDES)])
    common, prefix, top = await _places(folder, said[len(_SIDES) : -1], inside=inside)
    main = trees[0].path
    common_dir = _resolved(common)
    if not (inside or bare or internal):
        raise _elsewhere(folder)
    if not inside:
        return Location(main, main, "", bare)
    toplevel = Path(top)
    if _resolved(f"{toplevel}/{prefix}") != _resolved(os.fspath(folder)) or not is_there(toplevel / ".git"):
        raise _elsewhere(folder)
    listed_by_directory = main == common_dir and not trees[0].bare  # as git does for a submodule
    if listed_by_directory and git_directory(toplevel).resolve() == common_dir:
        main = toplevel
    return Location(toplevel, main, prefix.strip("/"), bare=False)


def inside(path: str, top: Path, place: str) -> str:
    """A path below the working tree's top, given from there or absolute; ``.`` is the top.

    Raises InvalidInput for one outside, which names the field ``place``.
    """
    if not path or "\0" in path:
        raise InvalidInput(f"{place}: a path is empty or no path.", place=place)
    given = Path(path)
    if given.is_absolute():  # by way of links, maybe; the last part may be a link itself
        given = Path(os.path.relpath(given.parent.resolve() / given.name, top))
    normal = os.path.normpath(given)
    if normal == ".." or normal.startswith("../"):
        raise InvalidInput(f"{place}: {path} is not in {top}.", place=place)
    return normal


def may_be_inside(folder: Path) -> bool:
    """Whether git could find a repository from here: a ``.git`` here or above, or what a bare repository has."""
    real = os.path.realpath(folder)
    places = [real[:end] for end, letter in enumerate(f"{real}/") if letter == os.sep]
    return any(os.path.lexists(f"{place}/{name}") for place in reversed(places) for name in (".git", "HEAD"))


def _elsewhere(folder: Path) -> GitFailed:
    return GitFailed(f"The repository at {folder} names another folder as its working tree (core.worktree).")


def _folder(path: Path) -> Path:
    if not path.exists():
        raise GitFailed(f"The folder {path} does not exist.")
    return path if path.is_dir() else path.parent


def _resolved(path: str) -> Path:
    return Path(path).resolve()


async def head(path: Path) -> Head:
    """The checked-out commit and branch at ``path``. Raises GitFailed, also where HEAD leads to a lost commit."""
    symbolic, commit = await asyncio.gather(
        attempt("symbolic-ref", "-q", "HEAD", cwd=path),
        attempt("rev-parse", "-q", "--verify", "HEAD^{commit}", cwd=path),
    )
    if b"No such ref: HEAD" in symbolic.stderr:  # the branch is there, and empty
        raise damaged(path, None)
    if symbolic.code not in (0, 1):
        raise _explained(path, failure(symbolic, "symbolic-ref"))
    branch = lossy(symbolic.stdout.strip()).removeprefix("refs/heads/") if symbolic.code == 0 else None
    if commit.code != 0:
        await check_unborn(path, branch)
        return Head(None, branch)
    return Head(commit.stdout.decode().strip(), branch)


async def check_unborn(path: Path, branch: str | None) -> None:
    """See that HEAD leads to no commit because there is none yet. Raises GitFailed for a damaged repository."""
    named = await attempt("rev-parse", "-q", "--verify", "HEAD", cwd=path)
    lost = named.code == 0 or branch is None
    if not lost and branch is not None:
        said = await attempt("rev-parse", "--path-format=absolute", "--git-common-dir", cwd=path)
        ref = Path(os.fsdecode(said.stdout.removesuffix(b"\n"))) / "refs/heads" / branch
        lost = await asyncio.to_thread(ref.is_file)
    if lost:
        raise damaged(path, branch)


def damaged(path: Path, branch: str | None) -> GitFailed:
    """The error for a HEAD, or its branch, that leads to no commit."""
    what = f"its branch {printable(branch)}" if branch is not None else "its HEAD"
    return GitFailed(f"The repository at {path} is damaged: {what} leads to no commit. See: git -C {path} fsck")


async def default_branch(path: Path) -> str | None:
    """The default branch: the remote's, else ``main`` or ``master``, else the checked-out one."""
    remote = await attempt("symbolic-ref", "-q", "refs/remotes/origin/HEAD", cwd=path)
    if remote.code == 0:
        return lossy(remote.stdout.strip()).removeprefix("refs/remotes/origin/")
    usual = ("main", "master")
    listed = await git(
        "for-each-ref", "--format=%(refname:strip=2)", *(f"refs/heads/{name}" for name in usual), cwd=path
    )
    names = listed.decode("utf-8", "replace").split()
    return next((name for name in usual if name in names), None) or (await head(path)).branch


async def remote_url(path: Path) -> str | None:
    """The URL of ``origin``, else of the first remote, without user name and password; None without remotes."""
    output = await attempt("config", "-z", "--get-regexp", r"^remote\..*\.url$", cwd=path)
    urls: dict[bytes, bytes] = {}
    for entry in output.stdout.split(b"\0")[:-1]:
        key, _, value = entry.partition(b"\n")
        urls.setdefault(key, value)
    if not urls:
        return None
    url = lossy(urls.get(b"remote.origin.url") or next(iter(urls.values())))
    return _without_credentials(url)


async def listed(repo: Path) -> list[ListedWorktree]:
    """All working trees of the repository, the main one first."""
    outcome = await attempt("worktree", "list", "--porcelain", "-z", cwd=repo)
    if outcome.code == 0:
        return worktrees(outcome.stdout)
    return worktrees(await git("worktree", "list", "--porcelain", cwd=repo), separator=b"\n")  # before git 2.36


def _without_credentials(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    if not separator or "@" not in host or scheme == "ssh":
        return url
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


async def _places(folder: Path, said: list[bytes], *, inside: bool) -> tuple[str, str, str]:
    """The common git directory, the prefix and the top; read one by one if a path has a newline in it."""
    if len(said) == (3 if inside else 2):
        common, prefix, top = map(os.fsdecode, (*said, b"")[:3])
        return common, prefix, top
    common = await _line("rev-parse", "--path-format=absolute", "--git-common-dir", cwd=folder)
    if not inside:
        return common, "", ""
    return (
        common,
        await _line("rev-parse", "--show-prefix", cwd=folder),
        await _line("rev-parse", "--show-toplevel", cwd=folder),
    )


async def _line(*arguments: str, cwd: Path) -> str:
    return os.fsdecode((await git(*arguments, cwd=cwd)).removesuffix(b"\n"))


def _explained(path: Path, error: GitFailed) -> GitFailed:
    if "dubious ownership" in error.stderr or "unsafe repository" in error.stderr:
        return GitFailed(
            f"Git does not trust the repository at {path}, because another user owns it. "
            f"If you trust it, run: git config --global --add safe.directory {path}",
            stderr=error.stderr,
        )
    return error
