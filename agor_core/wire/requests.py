"""Request bodies, one record each; unknown fields are refused, absent ones are ``UNSET``."""

import msgspec
from msgspec import UNSET, UnsetType


class _Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all request bodies; each repeats the flags, since type checkers read them per class."""


class CreateSession(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /sessions``. ``board`` and ``repo`` take an id in any form or a slug; ``worktree`` an id or its name.

    ``worktree`` may also be ``false``: work in ``cwd`` itself, without a worktree of its own.
    """

    agent: str
    session_id: str | UnsetType = UNSET
    title: str | None = None
    description: str | None = None
    board: str | None = None
    board_id: str | None = None
    cwd: str | None = None
    repo: str | None = None
    worktree: str | bool | None = None
    prompt: str | None = None
    mode: str | None = None
    model: str | None = None
    concepts: tuple[str, ...] = ()


class PatchSession(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``PATCH /sessions/{id}``: only what is given changes; ``archived_at: null`` brings an archived one back."""

    title: str | None | UnsetType = UNSET
    description: str | None | UnsetType = UNSET
    board: str | None | UnsetType = UNSET
    board_id: str | None | UnsetType = UNSET
    mode: str | None | UnsetType = UNSET
    model: str | None | UnsetType = UNSET
    concepts: tuple[str, ...] | UnsetType = UNSET
    archived_at: str | None | UnsetType = UNSET


class Prompt(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /sessions/{id}/prompt``. ``task_id`` is the caller's own id for the task: repeating it is safe."""

    prompt: str
    task_id: str | UnsetType = UNSET


class Fork(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /sessions/{id}/fork``. ``at`` is a position or a task id; ``point`` the end or start of that task.

    ``same_directory`` forks the conversation only and works on in the source's directory.
    """

    at: int | str | None = None
    point: str = "end"
    prompt: str | None = None
    agent: str | None = None
    title: str | None = None
    board: str | None = None
    worktree: str | None = None
    same_directory: bool = False
    session_id: str | UnsetType = UNSET
    task_id: str | UnsetType = UNSET


class Spawn(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /sessions/{id}/spawn``: a child with a fresh context, begun from the task that runs or ran last."""

    prompt: str | None = None
    agent: str | None = None
    title: str | None = None
    board: str | None = None
    worktree: str | None = None
    same_directory: bool = False
    at: int | str | None = None
    session_id: str | UnsetType = UNSET
    task_id: str | UnsetType = UNSET


class Complete(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /sessions/{id}/complete``: a person says that it is done; ``undo`` takes that back."""

    undo: bool = False


class CreateTask(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /tasks``: the same as a prompt to the session, which may be given by an id in any form."""

    session_id: str
    prompt: str
    task_id: str | UnsetType = UNSET


class PatchTask(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``PATCH /tasks/{id}``."""

    description: str | None | UnsetType = UNSET


class CreateBoard(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /boards``; the slug is made from the name unless given."""

    name: str
    slug: str | None = None
    description: str | None = None
    icon: str | None = None
    color: str | None = None
    board_id: str | UnsetType = UNSET


class PatchBoard(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``PATCH /boards/{id}``."""

    name: str | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    description: str | None | UnsetType = UNSET
    icon: str | None | UnsetType = UNSET
    color: str | None | UnsetType = UNSET
    archived_at: str | None | UnsetType = UNSET


class CreateRepo(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /repos``: ``local_path`` is any folder inside the repository."""

    local_path: str
    name: str | None = None
    slug: str | None = None
    repo_id: str | UnsetType = UNSET


class PatchRepo(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``PATCH /repos/{id}``."""

    name: str | UnsetType = UNSET
    slug: str | UnsetType = UNSET


class CreateWorktree(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /worktrees``: a worktree of a repo on a new branch, at ``base`` (else HEAD)."""

    repo: str
    name: str
    base: str | None = None
    worktree_id: str | UnsetType = UNSET


class DecideApproval(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``PATCH /approvals/{id}``. ``decision``: an option's id or kind, or ``allow``, ``always`` or ``deny``.

    ``status`` (``allowed`` or ``denied``) is the same in the record's own word.
    """

    decision: str | UnsetType = UNSET
    status: str | UnsetType = UNSET
