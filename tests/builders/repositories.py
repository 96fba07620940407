"""Real repositories in a scratch folder, and pictures of them to compare."""

import os
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Repository:
    """A working tree; ``git`` runs the program as its user would."""

    path: Path

    def git(self, *arguments: str | bytes, stdin: bytes | None = None, check: bool = True, **env: str) -> bytes:
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, input=stdin, env={**os.environ, **env}, capture_output=True, check=False
        )
        if check and done.returncode != 0:
            raise AssertionError(f"git {arguments!r}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def text(self, *arguments: str) -> str:
        return self.git(*arguments).decode().strip()

    def write(self, files: Mapping[str, str | bytes]) -> None:
        for name, content in files.items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, message: str = "more", **files: str | bytes) -> str:
        self.write(files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.text("rev-parse", "HEAD")

    def config(self, key: str, value: str) -> None:
        self.git("config", key, value)

    def files(self) -> dict[bytes, tuple[str, bytes]]:
        """Every file below, outside of ``.git``: its kind and content (a link's target)."""
        return files_below(self.path)

    def status(self) -> bytes:
        return self.git("status", "--porcelain", "-z", "--untracked-files=all")

    def picture(self) -> dict[str, object]:
        """All that a checkpoint must leave alone."""
        directory = self.path / os.fsdecode(self.git("rev-parse", "--git-dir").strip())
        index = directory / "index"
        refs = self.git("for-each-ref", "--format=%(refname) %(objectname)").decode(errors="replace").splitlines()
        return {
            "index": (index.read_bytes(), index.stat().st_mtime_ns) if index.exists() else None,
            "HEAD": (directory / "HEAD").read_bytes(),
            "refs": refs,
            "objects": self.git("count-objects", "-v"),
            "config": self.git("config", "--list", "--local"),
            "files": self.files(),
            "times": {file: file.lstat().st_mtime_ns for file in self.path.rglob("*") if ".git" not in file.parts},
            "status": self.git("status", "--porcelain", "-z", GIT_OPTIONAL_LOCKS="0"),
            "state": sorted(entry.name for entry in directory.iterdir()),
            "stash": self.git("stash", "list"),
        }


def new_repository(path: Path, files: Mapping[str, str | bytes] | None = None, *, commit: bool = True) -> Repository:
    """A repository on the branch ``main``; with one commit of ``files`` unless ``commit`` is False."""
    path.mkdir(parents=True, exist_ok=True)
    repository = Repository(path)
    repository.git("init", "-q", "-b", "main")
    repository.write({"readme.txt": "hello\n"} if files is None else files)
    if commit:
        repository.commit("first")
    return repository


def files_below(top: Path) -> dict[bytes, tuple[str, bytes]]:
    """Every file of the folder except those of ``.git``: its path, kind and content."""
    found: dict[bytes, tuple[str, bytes]] = {}
    for folder, folders, names in os.walk(top):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        folders[:] = [name for name in folders if name != ".git"]
        for file in (Path(folder) / name for name in [*names, *links] if name != ".git"):
            mode = file.lstat().st_mode
            key = os.fsencode(file.relative_to(top))
            if stat.S_ISLNK(mode):
                found[key] = ("link", os.fsencode(file.readlink()))
            elif stat.S_ISREG(mode):
                found[key] = ("program" if mode & stat.S_IXUSR else "file", file.read_bytes())
            else:
                found[key] = ("other", b"")
    return found
