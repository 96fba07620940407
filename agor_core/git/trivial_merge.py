"""The conflicts of a merge by a git before 2.39, path by path in an index of its own; renames are not followed."""

import os
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path

from agor_core.git.porcelain import REGULAR, fields
from agor_core.git.process import Outcome, failure

Attempt = Callable[..., Awaitable[Outcome]]


async def merge_by_path(attempt: Attempt, folder: Path, ours: str, theirs: str) -> list[bytes]:
    """The paths in conflict; ``attempt`` runs git with an index in ``folder``. Raises GitFailed."""
    base = await _said(attempt, "merge-base", ours, theirs)
    (folder / "index").unlink(missing_ok=True)
    await _said(attempt, "read-tree", "-i", "-m", "--aggressive", base.decode().strip(), ours, theirs)
    stages: defaultdict[bytes, dict[bytes, tuple[bytes, str]]] = defaultdict(dict)
    for entry in fields(await _said(attempt, "ls-files", "-u", "-z")):
        facts, _, path = entry.partition(b"\t")
        mode, blob, stage = facts.split(b" ")
        stages[path][stage] = (mode, blob.decode())
    return [path for path, found in sorted(stages.items()) if not await _merges(attempt, folder, found)]


async def _merges(attempt: Attempt, folder: Path, found: dict[bytes, tuple[bytes, str]]) -> bool:
    """Whether the contents of a path merge: it is a file on all three sides, and their changes do not meet."""
    if len(found) != 3 or any(mode not in REGULAR for mode, _ in found.values()):
        return False
    files = []
    for stage in (b"2", b"1", b"3"):
        file = folder / f"side-{stage.decode()}"
        file.write_bytes(await _said(attempt, "cat-file", "blob", found[stage][1]))
        files.append(os.fspath(file))
    return (await attempt("merge-file", "-p", "-q", *files)).code == 0


async def _said(attempt: Attempt, *arguments: str) -> bytes:
    outcome = await attempt(*arguments)
    if outcome.code != 0:
        raise failure(outcome, *arguments)
    return outcome.stdout
