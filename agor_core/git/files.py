"""The files of a working tree for a checkpoint: files to add, files that are gone, and git's own paths."""

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from agor_core.errors import GitFailed
from agor_core.git.porcelain import GITLINK, IndexEntry, Pending


def git_directory(worktree: Path) -> Path:
    """The folder of a working tree's HEAD and index. Raises GitFailed if ``worktree`` is not the top of one."""
    pointer = worktree / ".git"
    if pointer.is_dir():
        return pointer
    try:
        content = pointer.read_bytes()
    except OSError as error:
        raise GitFailed(f"{worktree} is not the top of a git working tree.") from error
    return worktree / os.fsdecode(content.removeprefix(b"gitdir:").strip())


def common_directory(worktree: Path) -> Path:
    """The folder that all working trees of the repository share."""
    own = git_directory(worktree)
    try:
        return own / os.fsdecode((own / "commondir").read_bytes().strip())
    except OSError:
        return own


def at(worktree: Path, path: bytes) -> Path:
    """The file with git's name ``path``."""
    return worktree / os.fsdecode(path)


def is_there(path: Path) -> bool:
    """Whether the name exists, as a dangling link too."""
    return os.path.lexists(path)


@dataclass(frozen=True, slots=True)
class SizeLimits:
    """The most bytes of a checkpoint: of one file, and of all files that differ from HEAD."""

    file: int = 50 * 2**20
    total: int = 500 * 2**20


@dataclass(slots=True)
class Survey:
    """Reads the files of one working tree; remembers which folders are links."""

    worktree: Path
    _links: dict[Path, bool] = field(default_factory=dict)

    def sort(self, found: Pending) -> tuple[list[bytes], list[bytes]]:
        """The paths to add and the paths to remove. A file that cannot be read stays as in the index."""
        added, removed = [], []
        for path, mode in found.tracked.items():
            kind = self._kind(path)
            if kind is None or not _can_be_kept(kind) or (stat.S_ISDIR(kind) and mode != GITLINK):
                removed.append(path)
            elif self._readable(path, kind):
                added.append(path)
        added += [path for path in found.untracked if not path.endswith(b"/") and self._is_plain(path)]
        return added, removed

    def within(self, paths: list[bytes], limits: SizeLimits) -> tuple[list[bytes], list[bytes]]:
        """The paths within the limits, and the paths left out: too large, or the largest if the sum is too large."""
        sizes = {path: self._size(path) for path in paths}
        left_out = {path for path, size in sizes.items() if size > limits.file}
        total = sum(size for path, size in sizes.items() if path not in left_out)
        for path in sorted(sizes.keys() - left_out, key=lambda path: (-sizes[path], path)):
            if total <= limits.total:
                break
            left_out.add(path)
            total -= sizes[path]
        return [path for path in paths if path not in left_out], sorted(left_out)

    def _size(self, path: bytes) -> int:
        try:
            return at(self.worktree, path).lstat().st_size
        except OSError:
            return 0

    def regular(self, paths: list[bytes]) -> dict[bytes, str]:
        """The regular files among these, with git's mode of each."""
        modes = {path: self._kind(path) or 0 for path in paths}
        return {
            path: "100755" if mode & stat.S_IXUSR else "100644" for path, mode in modes.items() if stat.S_ISREG(mode)
        }

    def untouched(self, entries: Iterable[IndexEntry], index_written_at: int) -> set[bytes]:
        """Those whose files are as they were when the index was written, by times in nanoseconds.

        Most builds of git compare seconds, and contents for a file as young as the index. Contents under a filter
        program, which does not run, would seem changed.
        """
        return {entry.path for entry in entries if self._is_untouched(entry, index_written_at)}

    def _is_untouched(self, entry: IndexEntry, index_written_at: int) -> bool:
        try:
            now = at(self.worktree, entry.path).lstat()
        except OSError:
            return False
        remembered = (entry.size, entry.changed_at, entry.inode)
        return (now.st_size, now.st_mtime_ns, now.st_ino & 0xFFFFFFFF) == remembered and (
            now.st_mtime_ns < index_written_at
        )

    def _is_plain(self, path: bytes) -> bool:
        kind = self._kind(path)
        return kind is not None and (stat.S_ISLNK(kind) or (stat.S_ISREG(kind) and self._readable(path, kind)))

    def _kind(self, path: bytes) -> int | None:
        """The file's mode; None if it is gone or behind a symbolic link, which git does not follow."""
        file = at(self.worktree, path)
        if self._behind_link(file.parent):
            return None
        try:
            return file.lstat().st_mode
        except OSError:
            return None

    def _behind_link(self, folder: Path) -> bool:
        if folder == self.worktree:
            return False
        if folder not in self._links:
            self._links[folder] = folder.is_symlink() or self._behind_link(folder.parent)
        return self._links[folder]

    def _readable(self, path: bytes, mode: int) -> bool:
        return not stat.S_ISREG(mode) or os.access(at(self.worktree, path), os.R_OK)


def _can_be_kept(mode: int) -> bool:
    return stat.S_ISREG(mode) or stat.S_ISLNK(mode) or stat.S_ISDIR(mode)
