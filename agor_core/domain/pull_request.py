"""A pull request (GitLab: a merge request): a session's branch, offered to a hosted repository."""

import msgspec


class PullRequestCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One check that the host runs: its ``state`` is passed, failed, pending or skipped."""

    name: str
    state: str
    url: str | None = None


class PullRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A session's pull request as it was ``seen_at``; ``program`` is gh or glab, ``state`` open, merged or closed."""

    url: str
    program: str
    number: int | None = None
    title: str | None = None
    target: str | None = None
    state: str = "open"
    checks: tuple[PullRequestCheck, ...] = ()
    seen_at: str
