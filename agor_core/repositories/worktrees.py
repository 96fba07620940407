"""Worktrees in the store."""

from sqlalchemy import or_

from agor_core.db.connections import Reader, Writer
from agor_core.domain.session import Session
from agor_core.domain.worktree import Worktree
from agor_core.errors import Conflict
from agor_core.ids import WorktreeId
from agor_core.query.tree import Query
from agor_core.repositories import base, listing, references
from agor_core.repositories.mappings import REPOS, SESSIONS, WORKTREES
from agor_core.repositories.page import Page

FIELDS = WORKTREES.fields()
_columns = WORKTREES.table.c
_sessions = SESSIONS.table.c


def insert(writer: Writer, worktree: Worktree) -> Worktree:
    """Store a new worktree. Idempotent: returns the stored one with the same id, repo and path.

    Raises NotFound for the repo, Conflict for an id, path or name that is taken.
    """
    stored = base.lookup(writer, WORKTREES, worktree.worktree_id)
    if stored is not None:
        if (stored.repo_id, stored.path) == (worktree.repo_id, worktree.path):
            return stored
        raise Conflict(f"There is another worktree with the id {worktree.worktree_id}.")
    base.get(writer, REPOS, worktree.repo_id)
    if base.taken(writer, WORKTREES, path=worktree.path):
        raise Conflict(f"There is already a worktree at {worktree.path}.")
    if base.taken(writer, WORKTREES, repo_id=worktree.repo_id, name=worktree.name):
        raise Conflict(f"The repo has a worktree with the name {worktree.name!r} already.")
    return base.insert_record(writer, WORKTREES, worktree)


def get(reader: Reader, worktree_id: str, *, lock: bool = False) -> Worktree:
    """The worktree with a full id. Raises NotFound."""
    return base.get(reader, WORKTREES, worktree_id, lock=lock)


def by_path(reader: Reader, path: str) -> Worktree | None:
    """The worktree in this folder; None if there is none."""
    found = base.matching(reader, WORKTREES, _columns.path == path)
    return found[0] if found else None


def of_repo(reader: Reader, repo_id: str) -> list[Worktree]:
    """A repo's worktrees by name."""
    return base.matching(reader, WORKTREES, _columns.repo_id == repo_id, order=[_columns.name])


def working_in(reader: Reader, tree: Worktree) -> list[Session]:
    """The sessions that work in a worktree: those that have it, and those whose folder is inside of its own.

    The latter may be in a repository of their own there, or in a folder that git ignores.
    """
    inside = or_(_sessions.cwd == tree.path, _sessions.cwd.startswith(f"{tree.path}/", autoescape=True))
    return base.matching(reader, SESSIONS, or_(_sessions.worktree_id == tree.worktree_id, inside))


def resolve(reader: Reader, text: str) -> WorktreeId:
    """Resolve an id or a prefix of one to the full id. Raises NotFound and Ambiguous."""
    return WorktreeId(references.resolve(reader, WORKTREES, text))


def find(reader: Reader, query: Query) -> Page:
    """A page of worktrees, without ``$sort`` the oldest first (``created_at``, then the id)."""
    return listing.find(reader, WORKTREES, query)


def update(writer: Writer, worktree: Worktree, *, event: str = "patched") -> Worktree:
    """Store the new state of a worktree. Raises NotFound."""
    old = get(writer, worktree.worktree_id, lock=True)
    return base.update_record(writer, WORKTREES, old, worktree, event=event)


def remove(writer: Writer, worktree_id: str) -> Worktree:
    """Delete a worktree's record. Raises NotFound, and Conflict while sessions work in it."""
    worktree = get(writer, worktree_id, lock=True)
    if working_in(writer, worktree):
        raise Conflict("There are sessions that work in this worktree; remove them first.")
    return base.delete_record(writer, WORKTREES, worktree)
