"""A collection: checkpoints of a repo that were let go of, and the room that was freed."""

import msgspec

from agor_core.ids import RepoId, TaskId


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """What a garbage collection did, or with ``dry_run`` would do; bytes are those beyond the user's own objects.

    ``let_go`` are the tasks whose checkpoints went for the budget, at most 2,000 of them; the count is of all.
    """

    repo_id: RepoId
    repo_slug: str
    before_bytes: int
    after_bytes: int
    budget_bytes: int
    let_go: tuple[TaskId, ...] = ()
    let_go_count: int = 0
    dry_run: bool = False
