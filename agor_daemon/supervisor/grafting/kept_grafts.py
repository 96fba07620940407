"""The grafts into a session that can be undone, as refs: ``…/SESSION/graft-ID/before``, ``end`` and ``from-ID``."""

from dataclasses import dataclass

from agor_core.domain.session import Session
from agor_core.errors import NotFound
from agor_core.git.object_store import ObjectStore
from agor_core.git.refs import checkpoint_ref, checkpoint_refs, forget
from agor_core.ids import SessionId

MOST_KEPT = 20
"""Grafts of a session that can be undone, one after the other."""
_GRAFT, _FROM = "graft-", "from-"


@dataclass(frozen=True, slots=True)
class KeptGraft:
    """A graft: the checkpoints around it, and the session that it came from."""

    graft_id: str
    before: str
    after: str
    source: SessionId


def graft_ref(session_id: str, graft_id: str, point: str) -> str:
    """The ref of a checkpoint around a graft."""
    ref = checkpoint_ref(session_id, f"{_GRAFT}{graft_id}", "now")
    return f"{ref.removesuffix('now')}{point}"


async def keep(kept: ObjectStore, session_id: str, graft_id: str, source: SessionId, theirs: str, after: str) -> None:
    """Keep what a graft made, beside what was there before; the oldest beyond the most are let go of."""
    for point, commit in ((f"{_FROM}{source}", theirs), ("end", after)):
        await kept.git("update-ref", "--", graft_ref(session_id, graft_id, point), commit)
    for old in (await _all(kept, session_id))[:-MOST_KEPT]:
        await forget_graft(kept, session_id, old.graft_id)


async def latest(kept: ObjectStore, session_id: str) -> KeptGraft | None:
    """The last graft into a session; None without one."""
    found = await _all(kept, session_id)
    return found[-1] if found else None


async def forget_graft(kept: ObjectStore, session_id: str, graft_id: str) -> None:
    """Let go of what is kept of a graft."""
    below = graft_ref(session_id, graft_id, "")
    found = await checkpoint_refs(kept, session_id)
    await forget(kept, {ref: commit for ref, commit in found.items() if ref.startswith(below)})


def nothing_to_undo(session: Session) -> NotFound:
    """The error for a session into which nothing was grafted."""
    return NotFound("graft", session.short_id, f"Nothing was grafted into session {session.short_id}.")


async def _all(kept: ObjectStore, session_id: str) -> list[KeptGraft]:
    """The oldest first."""
    found: dict[str, dict[str, str]] = {}
    for ref, commit in sorted((await checkpoint_refs(kept, session_id)).items()):
        *_, part, point = ref.split("/")
        if part.startswith(_GRAFT):
            found.setdefault(part.removeprefix(_GRAFT), {})[point] = commit
    grafts = []
    for graft_id, of in found.items():
        source = next((point.removeprefix(_FROM) for point in of if point.startswith(_FROM)), None)
        if source is not None and {"before", "end"} <= of.keys():
            grafts.append(KeptGraft(graft_id, of["before"], of["end"], SessionId(source)))
    return grafts
