"""Parsers of git's machine-readable output; pure functions of bytes.

Paths stay bytes here, as git and the file system have them; they may hold anything but NUL.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

REGULAR = frozenset({b"100644", b"100755"})
GITLINK = b"160000"

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+")
_LONGEST_REASON = 300


def reason(stderr: bytes) -> str:
    """Git's error as part of a sentence: without prefix, hints and control characters; empty without output."""
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines()]
    lines = [line for line in lines if line and not line.startswith("hint:")]
    final = [line for line in lines if line.startswith(("fatal: ", "error: "))] or lines
    if not final:
        return ""
    text = final[-1].removeprefix("fatal: ").removeprefix("error: ").rstrip(".")
    return printable(text)[:_LONGEST_REASON]


def printable(text: str) -> str:
    """Foreign text on one line, without control characters and lone surrogates."""
    return _CONTROL.sub("?", text).encode("utf-8", "replace").decode("utf-8")


def lossy(path: bytes) -> str:
    """A path as text for people and records: bytes that are not UTF-8 become U+FFFD."""
    return path.decode("utf-8", "replace")


def fields(output: bytes) -> list[bytes]:
    """The NUL-terminated pieces of ``-z`` output."""
    return output.split(b"\0")[:-1] if output else []


def quoted(path: bytes) -> bytes:
    """A path in git's C style, for commands that read one path a line."""
    escaped = bytearray(b'"')
    for byte in path:
        if byte in b'"\\' or byte < 0x20 or byte >= 0x7F:
            escaped += b"\\%03o" % byte
        else:
            escaped.append(byte)
    return bytes(escaped + b'"')


def unquoted(text: bytes) -> bytes:
    """The path that :func:`quoted` wrote."""
    return re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8)]), text.strip(b'"'))


@dataclass(frozen=True, slots=True)
class Pending:
    """How files differ from an index: ``tracked`` are modes of paths that are changed, in conflict or gone."""

    tracked: dict[bytes, bytes] = field(default_factory=dict)
    untracked: tuple[bytes, ...] = ()


def pending(output: bytes) -> Pending:
    """``ls-files -z -t -u -m -d -o``: ``TAG SP MODE SP OID SP STAGE TAB PATH``, or ``? SP PATH``.

    An untracked repository is a path that ends with a slash.
    """
    tracked: dict[bytes, bytes] = {}
    untracked: list[bytes] = []
    for entry in fields(output):
        tag, _, rest = entry.partition(b" ")
        if tag == b"?":
            untracked.append(rest)
        else:
            facts, _, path = rest.partition(b"\t")
            tracked[path] = facts[:6]
    return Pending(tracked, tuple(untracked))


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A path in an index, with ``size`` (0: git is not sure), ``changed_at`` (ns) and ``inode`` of its file, as seen.

    ``skipped`` files are left out of the working tree (sparse checkout).
    """

    path: bytes
    mode: bytes
    blob: str
    size: int
    changed_at: int
    inode: int
    skipped: bool


_DEBUG = re.compile(
    rb"(?P<tag>[A-Za-z]) (?P<mode>\d{6}) (?P<blob>[0-9a-f]+) (?P<stage>\d)\t(?P<path>[^\0]+)\0"
    rb"  ctime: [^\n]*\n  mtime: (?P<seconds>\d+):(?P<rest>\d+)\n  dev: \d+\tino: (?P<inode>\d+)\n"
    rb"  uid: [^\n]*\n  size: (?P<size>\d+)\t[^\n]*\n"
)


def index_entries(output: bytes) -> list[IndexEntry]:
    """``ls-files -z -t -s --debug``: an entry ends with NUL and is followed by lines with what the index remembers."""
    return [
        IndexEntry(
            path=found["path"],
            mode=found["mode"],
            blob=found["blob"].decode(),
            size=int(found["size"]),
            changed_at=int(found["seconds"]) * 1_000_000_000 + int(found["rest"]),
            inode=int(found["inode"]),
            skipped=found["tag"] in b"Ss",
        )
        for found in _DEBUG.finditer(output)
        if found["stage"] == b"0"
    ]


def tree_entries(output: bytes) -> list[tuple[bytes, str, bytes]]:
    """``ls-tree -r -z``: mode, object and path of every entry."""
    entries = []
    for entry in fields(output):
        facts, _, path = entry.partition(b"\t")
        mode, _, blob = facts.split(b" ")
        entries.append((mode, blob.decode(), path))
    return entries


@dataclass(frozen=True, slots=True)
class RawChange:
    """One path of a raw difference: mode and object that it has now (mode ``000000``: it is gone)."""

    path: bytes
    mode: bytes
    blob: str

    @property
    def holds_blob(self) -> bool:
        """Whether it names a blob: no removed path, no submodule, nothing that git has not hashed yet."""
        return self.mode not in {b"000000", GITLINK} and self.blob.strip("0") != ""


def raw_changes(output: bytes) -> list[RawChange]:
    """``diff-tree`` and ``diff-index`` with ``-z``, without renames: ``:MODE MODE OID OID STATUS NUL PATH NUL``."""
    pieces = iter(fields(output))
    changes = []
    for facts in pieces:
        _, mode, _, blob, _ = facts.split(b" ")
        changes.append(RawChange(next(pieces), mode, blob.decode()))
    return changes


@dataclass(frozen=True, slots=True)
class Move:
    """One file of a difference with its renames: its ``old`` path (None: added) and its ``new`` one (None: removed)."""

    old: bytes | None
    new: bytes | None

    @property
    def renames(self) -> bool:
        """Whether it has another name than before."""
        return self.old is not None and self.new is not None and self.old != self.new


def moves(output: bytes) -> list[Move]:
    """``diff-tree -z -M --raw``: ``:MODE MODE OID OID STATUS NUL PATH NUL``, and for a rename ``OLD NUL NEW NUL``."""
    pieces = iter(fields(output))
    found = []
    for facts in pieces:
        status, path = facts.rsplit(b" ", 1)[-1][:1], next(pieces)
        match status:
            case b"A":
                found.append(Move(None, path))
            case b"D":
                found.append(Move(path, None))
            case b"R":
                found.append(Move(path, next(pieces)))
            case _:
                found.append(Move(path, path))
    return found


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file of a difference, a rename by its new name; lines are None for binary content.

    ``status`` is git's letter: A added, D deleted, M modified, R renamed, T another kind of file. Modes are octal, as
    in trees; that of a side on which there is no file is None. ``blob`` is the content that it has now, zeros if none.
    """

    path: bytes
    insertions: int | None
    deletions: int | None
    status: str = "M"
    old_path: bytes | None = None
    old_mode: str | None = None
    new_mode: str | None = None
    blob: str | None = None


def numstat(output: bytes) -> list[FileChange]:
    """``--numstat -z``: ``INS TAB DEL TAB PATH NUL``, and ``INS TAB DEL TAB NUL OLD NUL NEW NUL`` for a rename."""
    changes = []
    pieces = iter(fields(output))
    for piece in pieces:
        insertions, deletions, path = piece.split(b"\t", 2)
        if not path:
            next(pieces)
            path = next(pieces)
        changes.append(FileChange(path, _lines(insertions), _lines(deletions)))
    return changes


def file_changes(output: bytes) -> list[FileChange]:
    """``diff-tree -z --raw --numstat``: first ``:MODE MODE OID OID STATUS`` for every file, then its lines, if any."""
    pieces = iter(fields(output))
    facts: dict[bytes, tuple[str, bytes | None, str | None, str | None, str | None]] = {}
    lines: list[bytes] = []
    for piece in pieces:
        if not piece.startswith(b":"):
            lines = [piece, *pieces]
            break
        old_mode, new_mode, _, blob, status = piece[1:].split(b" ")
        path, old_path = next(pieces), None
        if status[:1] in b"RC":
            path, old_path = next(pieces), path
        facts[path] = (status[:1].decode(), old_path, _mode(old_mode), _mode(new_mode), blob.decode())
    if not lines:
        return [FileChange(path, None, None, *found) for path, found in facts.items()]
    return [
        FileChange(counted.path, counted.insertions, counted.deletions, *facts.get(counted.path, ()))
        for counted in numstat(b"".join(piece + b"\0" for piece in lines))
    ]


def _mode(octal: bytes) -> str | None:
    return None if octal == b"000000" else octal.decode()


def _lines(text: bytes) -> int | None:
    return None if text == b"-" else int(text)


@dataclass(frozen=True, slots=True)
class ListedWorktree:
    """One working tree of a repository, as git keeps it; ``branch`` is a short name and None when detached."""

    path: Path
    head: str | None = None
    branch: str | None = None
    bare: bool = False
    locked: bool = False


def worktrees(output: bytes, *, separator: bytes = b"\0") -> list[ListedWorktree]:
    """``worktree list --porcelain``, with ``-z`` or (``separator=b"\\n"``, before git 2.36) without; main first."""
    listed = []
    for block in output.split(separator * 2):
        facts = dict(line.partition(b" ")[::2] for line in block.split(separator) if line)
        if b"worktree" not in facts:
            continue
        head = facts.get(b"HEAD", b"").decode()
        branch = facts.get(b"branch")
        listed.append(
            ListedWorktree(
                path=Path(os.fsdecode(facts[b"worktree"])),
                head=head if head.strip("0") else None,
                branch=None if branch is None else os.fsdecode(branch.removeprefix(b"refs/heads/")),
                bare=b"bare" in facts,
                locked=b"locked" in facts,
            )
        )
    return listed


def settings(output: bytes) -> dict[bytes, bytes]:
    """``config -z``: the last value of every key; a key without a value is true, as git reads it."""
    pairs = (entry.partition(b"\n") for entry in fields(output))
    return {key: value if separator else b"true" for key, separator, value in pairs}
