"""A worktree: a linked working tree of a repo, made for sessions to work in."""

import msgspec

from agor_core.ids import RepoId, WorktreeId


class Worktree(msgspec.Struct, frozen=True, kw_only=True):
    """One worktree; ``ref`` is its branch, ``base_sha`` the commit it was made from.

    ``notes`` are sentences about what is in it and what is not. ``port_base`` is the first of ten ports that are its
    own as long as it exists. ``set_up`` is False until its set-up has run, and None where none is due.
    """

    worktree_id: WorktreeId
    repo_id: RepoId
    name: str
    path: str
    ref: str | None = None
    base_sha: str | None = None
    new_branch: bool = True
    port_base: int | None = None
    notes: tuple[str, ...] = ()
    set_up: bool | None = None
    created_at: str
    updated_at: str
