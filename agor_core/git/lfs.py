"""Files of Git LFS without its program: what git stores is a pointer, a short text that names the content by SHA-256.

The contents are files below ``lfs/objects`` of the repository; there they are read, and never written.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from agor_core.git.files import common_directory
from agor_core.git.process import attempt

DRIVER = "lfs"
LARGEST_POINTER = 1024
"""Bytes, as the specification of Git LFS has it."""
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize (\d{1,18})\n"
)
_CHUNK = 2**20


@dataclass(frozen=True, slots=True)
class Pointer:
    """The SHA-256 of a content, in hex, and its bytes."""

    digest: str
    size: int


def pointer(blob: bytes) -> Pointer | None:
    """The pointer that a blob is; None for any other content."""
    found = _POINTER.fullmatch(blob)
    return None if found is None else Pointer(found[1].decode(), int(found[2]))


async def contents_folder(worktree: Path) -> Path:
    """Where the contents of this repository are."""
    said = await attempt("config", "-z", "--type=path", "--get", "lfs.storage", cwd=worktree)
    configured = os.fsdecode(said.stdout.rstrip(b"\0")) if said.code == 0 else ""
    return common_directory(worktree) / (configured or DRIVER) / "objects"


def content(folder: Path, wanted: Pointer) -> Path | None:
    """The file with the content of a pointer; None if it is not on this machine."""
    file = folder / wanted.digest[:2] / wanted.digest[2:4] / wanted.digest
    try:
        return file if file.is_file() and file.stat().st_size == wanted.size else None
    except OSError:
        return None


def holds(file: Path, wanted: Pointer) -> bool:
    """Whether a file has the content of a pointer."""
    try:
        if file.is_symlink() or not file.is_file() or file.stat().st_size != wanted.size:
            return False
        digest = hashlib.sha256()
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError:
        return False
    return digest.hexdigest() == wanted.digest
