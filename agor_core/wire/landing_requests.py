"""Request bodies about landings, as those in `requests`."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from agor_core.wire.requests import NOT_EMPTY, Name, Title

CommitMessage = Annotated[str, Meta(max_length=100_000, pattern=NOT_EMPTY)]


class Land(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /sessions/{id}/land``: bring the session's work into the branch ``into`` (else its target).

    ``how`` is squash, merge or rebase; a squash takes uncommitted work along, for the others ``commit`` commits it
    first, in the session's worktree. ``message`` is by default made of title and prompts. ``dry_run`` only tells what
    it would meet.
    """

    into: Name | None = None
    how: str = "squash"
    message: CommitMessage | None = None
    commit: bool = False
    dry_run: bool = False
    landing_id: str | UnsetType = UNSET


class UndoLanding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /landings/{id}/undo``; ``revert``: by a commit of its own where the branch has moved on since."""

    revert: bool = False


class PublishSession(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /sessions/{id}/publish``: push its branch, and open a pull request to ``into`` (else its target).

    Title and body are by default made of title and prompts. ``commit`` commits what is uncommitted first. ``dry_run``
    only tells what would be done.
    """

    into: Name | None = None
    title: Title | None = None
    body: CommitMessage | None = None
    draft: bool = False
    commit: bool = False
    dry_run: bool = False


class LookAtPullRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /sessions/{id}/pull_request``: how it stands by now.

    ``log`` names a check whose log is wanted; an empty one stands for the first that failed.
    """

    log: str | None = None
