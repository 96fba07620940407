"""A repo: a git repository that Agor knows."""

import msgspec

from agor_core.ids import RepoId


class Repo(msgspec.Struct, frozen=True, kw_only=True):
    """One repository; ``local_path`` is the user's checkout, which Agor never writes to."""

    repo_id: RepoId
    short_id: str
    slug: str
    name: str
    remote_url: str | None = None
    local_path: str
    managed_by_agor: bool = False
    default_branch: str | None = None
    created_at: str
    updated_at: str
