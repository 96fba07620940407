"""Repos in the store."""

from msgspec.structs import replace

from agor_core.db.connections import Reader, Writer
from agor_core.domain.repo import Repo
from agor_core.errors import Conflict
from agor_core.ids import RepoId
from agor_core.query.tree import Query
from agor_core.repositories import base, listing, references
from agor_core.repositories.mappings import REPOS, SESSIONS, WORKTREES, AnyMapping
from agor_core.repositories.page import Page

FIELDS = REPOS.fields()


def insert(writer: Writer, repo: Repo) -> Repo:
    """Store a new repo. Idempotent: returns the stored one with the same id and path.

    Raises Conflict for an id, slug or path that is taken, ShortIdTaken for a short id.
    """
    stored = base.lookup(writer, REPOS, repo.repo_id)
    if stored is not None:
        if stored.local_path == repo.local_path:
            return stored
        raise Conflict(f"There is another repo with the id {repo.repo_id}.")
    _check_unique(writer, repo)
    return base.insert_record(writer, REPOS, repo)


def get(reader: Reader, repo_id: str, *, lock: bool = False) -> Repo:
    """The repo with a full id. Raises NotFound."""
    return base.get(reader, REPOS, repo_id, lock=lock)


def by_path(reader: Reader, local_path: str) -> Repo | None:
    """The repo whose checkout is this folder; None if there is none."""
    found = base.matching(reader, REPOS, REPOS.table.c.local_path == local_path)
    return found[0] if found else None


def resolve(reader: Reader, text: str) -> RepoId:
    """Resolve a slug or any form of an id to the full id. Raises NotFound and Ambiguous."""
    return RepoId(references.resolve(reader, REPOS, text))


def find(reader: Reader, query: Query) -> Page:
    """A page of repos, without ``$sort`` the oldest first (``created_at``, then the id)."""
    return listing.find(reader, REPOS, query)


def update(writer: Writer, repo: Repo, *, event: str = "patched") -> Repo:
    """Store the new state of a repo, and its slug in its sessions. Raises NotFound and Conflict."""
    old = get(writer, repo.repo_id, lock=True)
    new = replace(repo, short_id=old.short_id, created_at=old.created_at)
    _check_unique(writer, new)
    new = base.update_record(writer, REPOS, old, new, event=event)
    if new.slug != old.slug:
        for session in base.matching(writer, SESSIONS, SESSIONS.table.c.repo_id == new.repo_id, lock=True):
            renamed = replace(session, repo=replace(session.repo, repo_slug=new.slug))
            base.update_record(writer, SESSIONS, session, renamed)
    return new


def remove(writer: Writer, repo_id: str) -> Repo:
    """Delete a repo's record. Raises NotFound, and Conflict while sessions or worktrees belong to it."""
    repo = get(writer, repo_id, lock=True)
    users: tuple[AnyMapping, ...] = (SESSIONS, WORKTREES)
    for mapping in users:
        if base.taken(writer, mapping, repo_id=repo_id):
            raise Conflict(f"There are {mapping.service} of this repo; remove them first.")
    return base.delete_record(writer, REPOS, repo)


def _check_unique(reader: Reader, repo: Repo) -> None:
    if base.taken(reader, REPOS, but=repo.repo_id, slug=repo.slug):
        raise Conflict(f"There is already a repo with the slug {repo.slug!r}.")
    if base.taken(reader, REPOS, but=repo.repo_id, local_path=repo.local_path):
        raise Conflict(f"There is already a repo at {repo.local_path}.")
