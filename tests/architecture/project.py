"""The project as files: what is its own source and text, and what a fresh interpreter loads for it."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("agor_core", "agor_daemon", "agor_tui")
SOURCE_FOLDERS = (*PACKAGES, "tests", "screenshots")
LONGEST_RUN = 60

_BINARY = {".png", ".gif", ".db", ".gz", ".zip", ".pyc"}
_LOADED = "import time:"


def sources(*folders: str) -> Iterator[Path]:
    """The Python files below these folders of the project."""
    for folder in folders:
        yield from sorted(path for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts)


def texts() -> Iterator[tuple[Path, str]]:
    """All text files of the project with what is in them; not what git ignores."""
    top = [path for path in ROOT.iterdir() if path.is_file()]
    below = [path for name in (*SOURCE_FOLDERS, ".ci") for path in (ROOT / name).rglob("*") if path.is_file()]
    for path in sorted(top + below):
        if path.suffix not in _BINARY and path.name not in {".coverage", ".git"}:
            yield path, path.read_text(encoding="utf-8", errors="replace")


def modules(package: str) -> list[str]:
    """The names of all modules of a package, but for programs (``__main__``)."""
    names = []
    for path in sources(package.replace(".", "/")):
        *folders, name = path.relative_to(ROOT).with_suffix("").parts
        if name != "__main__":
            names.append(".".join(folders if name == "__init__" else [*folders, name]))
    return names


def loaded_by(*arguments: str, environ: Mapping[str, str] | None = None) -> tuple[set[str], str]:
    """Run a fresh interpreter: all modules that it loaded, and its standard output. It must end well.

    The interpreter itself reports each import as it happens, so that a program that ends abruptly hides nothing.
    """
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        cwd=ROOT,
        env={**os.environ, **(environ or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONGEST_RUN,
        check=False,
    )
    lines = ended.stderr.splitlines()
    names = {line.rpartition("|")[2].strip() for line in lines if line.startswith(_LOADED)}
    said = "\n".join(line for line in lines if not line.startswith(_LOADED))
    assert ended.returncode == 0, f"{arguments} ended with {ended.returncode}:\n{ended.stdout}\n{said}"
    return names, ended.stdout


def packages_of(names: set[str]) -> set[str]:
    """The outermost package of each module."""
    return {name.partition(".")[0] for name in names}
