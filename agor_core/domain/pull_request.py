"""A pull request (GitLab: a merge request): a session's branch, offered to a hosted repository."""

from typing import Literal

import msgspec

from agor_core.ids import SessionId


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


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """A branch that is offered, or with ``pull_request`` was.

    ``program`` is gh or glab, None where the one for the remote is not installed: then ``commands`` are what to type or
    open. ``uncommitted`` are paths that a push leaves behind. ``obstacle`` is the sentence with which it is refused.
    """

    session_id: SessionId
    branch: str
    target: str
    remote: str
    program: Literal["gh", "glab"] | None = None
    title: str
    body: str = ""
    uncommitted: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    obstacle: str | None = None
    pull_request: PullRequest | None = None
    url: str | None = None


class PullRequestStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a session's pull request stands; ``log`` is the end of the log of ``check``, where that was asked for."""

    session_id: SessionId
    pull_request: PullRequest
    check: str | None = None
    log: str | None = None
