"""The refs of a store that keep checkpoints alive: ``refs/agor/checkpoints/SESSION/TASK/start`` and ``…/end``."""

import re
from collections.abc import Mapping
from typing import Literal

from agor_core.errors import InvalidInput
from agor_core.git.object_store import ObjectStore

CHECKPOINTS = "refs/agor/checkpoints"
REMOVED = "refs/agor/removed"
"""What forced removals discarded: ``WHEN/NAME/files`` is a checkpoint, ``WHEN/NAME/commits/COMMIT`` a commit."""
LOOK = "look"
"""Stands for the task where the files of a session are looked at as they are now; nothing needs that afterwards."""
COMMENTED = "comment-"
"""The beginning of a checkpoint's point: on its lines there are comments, and no task began or ended with it."""
GARBAGE = "garbage"
"""A file in a store that says that something may be dropped from it."""

_PART = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]*")


def checkpoint_ref(session_id: str, task_id: str, point: Literal["start", "end", "now", "before"]) -> str:
    """Where the checkpoint at a task's start or end is kept, or the one that was looked at while it ran.

    ``before`` is what was there when the task's files were restored.
    """
    return f"{_session_refs(session_id)}/{_part(task_id)}/{_part(point)}"


async def checkpoint_refs(store: ObjectStore, session_id: str | None = None) -> dict[str, str]:
    """The checkpoints of a store (of one session), ref to commit."""
    return await refs_below(store, CHECKPOINTS if session_id is None else _session_refs(session_id))


def commented_ref(session_id: str, task_id: str, commit: str) -> str:
    """Where a checkpoint is kept on whose lines there are comments."""
    return f"{_session_refs(session_id)}/{_part(task_id)}/{_part(COMMENTED + commit)}"


def removed_ref(when: int, name: str, what: str) -> str:
    """Where something is kept that a forced removal discarded at a time in seconds since 1970."""
    return f"{REMOVED}/{when}/{_part(name)}/{what}"


async def refs_below(store: ObjectStore, below: str) -> dict[str, str]:
    """The refs of a store below a folder of them, ref to commit."""
    output = await store.git("for-each-ref", "--format=%(objectname) %(refname)", "--", below)
    pairs = (line.partition(" ") for line in output.decode("utf-8", "replace").splitlines())
    return {ref: commit for commit, _, ref in pairs}


async def forget_checkpoints(store: ObjectStore, session_id: str) -> int:
    """Let go of a session's checkpoints; the store's housekeeping frees their room later. How many there were."""
    found = await checkpoint_refs(store, session_id)
    await forget(store, found)
    return len(found)


async def forget(store: ObjectStore, found: Mapping[str, str]) -> None:
    """Let go of these checkpoints, ref to commit; one that was taken anew meanwhile raises GitFailed."""
    if found:
        (store.path / GARBAGE).touch()
        commands = "".join(f"delete {ref}\0{commit}\0" for ref, commit in found.items())
        await store.git("update-ref", "-z", "--stdin", stdin=commands.encode())


def _session_refs(session_id: str) -> str:
    return f"{CHECKPOINTS}/{_part(session_id)}"


def _part(text: str) -> str:
    if _PART.fullmatch(text) is None:
        raise InvalidInput(f"{text!r} cannot be part of a ref.")
    return text
