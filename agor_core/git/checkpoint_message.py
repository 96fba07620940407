"""The message of a checkpoint's commit: a subject, and a last paragraph of facts that only Agor writes.

The same state of a working tree gives the same commit: the message names no task and no time, the commit's date is
fixed, so that a task that changed nothing adds no object. Version 0.1 wrote free text and the branch only; both read.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agor_core.git.porcelain import lossy, quoted, unquoted

IDENTITY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "Agor"), ("EMAIL", "agor@localhost"), ("DATE", "@946684800 +0000"))
}
MOST_LEFT_OUT = 1_000

_SUBJECT = b"Agor checkpoint"
_BRANCH = b"Agor-Branch:"
"""Opens the message's last line, which every checkpoint has; nothing follows it when HEAD was detached."""
_STAGED = b"Agor-Staged:"
_LEFT_OUT = b"Agor-Left-Out:"


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a checkpoint: ``staged`` is the tree of the index, if it is not HEAD's; ``left_out`` are paths."""

    branch: bytes | None
    staged: str | None = None
    left_out: tuple[bytes, ...] = ()


def write(facts: Facts) -> bytes:
    """The message."""
    lines = [_SUBJECT, b"", *(b"%s %s" % (_LEFT_OUT, quoted(path)) for path in facts.left_out[:MOST_LEFT_OUT])]
    if facts.staged is not None:
        lines.append(b"%s %s" % (_STAGED, facts.staged.encode()))
    return b"\n".join([*lines, b"%s %s" % (_BRANCH, facts.branch or b"")])


def read(message: bytes) -> Facts | None:
    """Parse a message; None if it is no checkpoint's."""
    lines = message.rstrip(b"\n").rpartition(b"\n\n")[2].split(b"\n")
    if not lines[-1].startswith(_BRANCH):
        return None
    staged = _values(lines, _STAGED)
    return Facts(
        lines[-1].removeprefix(_BRANCH).strip() or None,
        staged[-1].decode() if staged else None,
        tuple(unquoted(path) for path in _values(lines, _LEFT_OUT)),
    )


def names(paths: Sequence[bytes]) -> tuple[str, ...]:
    """Paths as text for people and records."""
    return tuple(lossy(path) for path in paths)


def _values(lines: list[bytes], name: bytes) -> list[bytes]:
    return [line.removeprefix(name).strip() for line in lines if line.startswith(name)]
