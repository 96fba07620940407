"""Where the worktree of a new session would begin."""

import msgspec


class Beginning(msgspec.Struct, frozen=True, kw_only=True):
    """What a new session in ``folder`` would begin from, by a look at it.

    Outside of git ``repo`` is None, and nothing else is known. ``label`` names the beginning as a person would: the
    base that was asked for, the repo's, or the branch that is checked out. ``sha`` is its commit with its ``subject``
    and its time; None where nothing was committed yet. ``behind`` are the commits that ``upstream`` has more, as far as
    it was fetched. ``uncommitted`` are the first files in the folder's working tree that are not committed, of
    ``uncommitted_count``; they can come along (``takeable``) where the beginning is the commit that is checked out.
    ``problem`` says why no worktree can begin there.
    """

    folder: str
    repo: str | None = None
    repo_slug: str | None = None
    label: str = ""
    sha: str | None = None
    subject: str = ""
    committed_at: str | None = None
    upstream: str | None = None
    behind: int = 0
    uncommitted: tuple[str, ...] = ()
    uncommitted_count: int = 0
    takeable: bool = False
    problem: str | None = None
