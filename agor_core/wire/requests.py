"""Request bodies, one record each; unknown fields are refused, absent ones are ``UNSET``.

The greatest lengths, in characters, are of what is asked for: what is stored already is read however long it is.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from agor_core.domain.graft import GraftLines

LONGEST_PROMPT = 5_000_000
"""No longer than what the store takes as one text."""

NOT_EMPTY = r"\S"

Name = Annotated[str, Meta(max_length=200)]
Title = Annotated[str, Meta(max_length=500)]
Command = Annotated[str, Meta(max_length=10_000, pattern=NOT_EMPTY)]
Description = Annotated[str, Meta(max_length=10_000)]
PathText = Annotated[str, Meta(min_length=1, max_length=4096)]
PromptText = Annotated[str, Meta(max_length=LONGEST_PROMPT, pattern=NOT_EMPTY)]


class _Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all request bodies; each repeats the flags, since type checkers read them per class."""


class CreateSession(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /sessions``. ``board`` and ``repo`` take an id in any form or a slug; ``worktree`` an id or its name.

    ``worktree`` may also be ``false``: work in ``cwd`` itself, without a worktree of its own. A worktree of its own
    begins at ``base``, a branch, tag or commit; else where the repo's settings say, else at HEAD, and ``uncommitted``
    takes along what is uncommitted in ``cwd``. With ``fetch`` the upstream of that beginning is fetched before.
    ``race_id`` makes it a further attempt of this race.
    """

    agent: str
    session_id: str | UnsetType = UNSET
    race_id: str | None = None
    title: Title | None = None
    description: Description | None = None
    board: str | None = None
    board_id: str | None = None
    cwd: str | None = None
    repo: str | None = None
    worktree: str | bool | None = None
    base: Name | None = None
    uncommitted: bool = False
    fetch: bool = False
    prompt: PromptText | None = None
    mode: Name | None = None
    model: Name | None = None
    options: dict[Name, Name] = {}
    concepts: tuple[Name, ...] = ()


class PatchSession(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``PATCH /sessions/{id}``: changes the given fields only; ``archived_at: null`` restores an archived session.

    ``options`` are further options of the agent, by id or name; those that are not given stay, null forgets all.
    """

    title: Title | None | UnsetType = UNSET
    description: Description | None | UnsetType = UNSET
    board: str | None | UnsetType = UNSET
    board_id: str | None | UnsetType = UNSET
    mode: Name | None | UnsetType = UNSET
    model: Name | None | UnsetType = UNSET
    options: dict[Name, Name] | None | UnsetType = UNSET
    concepts: tuple[Name, ...] | UnsetType = UNSET
    archived_at: str | None | UnsetType = UNSET


class Prompt(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /sessions/{id}/prompt``. ``task_id`` is the caller's own id for the task: repeating it is safe."""

    prompt: PromptText
    task_id: str | UnsetType = UNSET


class _Branch(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new session that branches off another at a task: ``at`` is the task's position or its id in any form.

    ``same_directory`` works on in the other's directory, without a worktree of its own. ``mode``, ``model`` and
    ``options`` are the other's, if the agent is, unless given.
    """

    at: int | str | None = None
    prompt: PromptText | None = None
    agent: str | None = None
    mode: Name | None = None
    model: Name | None = None
    options: dict[Name, Name] = {}
    title: Title | None = None
    board: str | None = None
    worktree: str | None = None
    same_directory: bool = False
    session_id: str | UnsetType = UNSET
    task_id: str | UnsetType = UNSET


class Fork(_Branch, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /sessions/{id}/fork``: a sibling, by default at the last task that ended; ``point``: its end or start.

    ``race_id`` makes it a further attempt of this race.
    """

    point: str = "end"
    race_id: str | None = None


class Spawn(_Branch, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /sessions/{id}/spawn``: a child with a fresh context, by default of the task that runs or ran last."""


class Complete(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /sessions/{id}/complete``: a person marks the session as completed; ``undo`` reverts that."""

    undo: bool = False


class CreateTask(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /tasks``: the same as a prompt to the session, which may be given by an id in any form."""

    session_id: str
    prompt: PromptText
    task_id: str | UnsetType = UNSET


class PatchTask(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``PATCH /tasks/{id}``."""

    description: Description | None | UnsetType = UNSET


class Restore(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /tasks/{id}/restore``: the session's files as they were at the task's ``end`` or ``start``.

    ``before`` undoes the last restoration to this task. ``paths`` are files and folders below the worktree's top,
    without any all files. ``dry_run`` only tells what differs.
    """

    point: str | None = None
    paths: tuple[PathText, ...] = ()
    dry_run: bool = False


class GraftFiles(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /sessions/{id}/graft``: what another session changed in files, as uncommitted changes of this one.

    ``source`` (``from``) is that session, ``at`` its point (``now``, ``task:N``). ``paths`` are files and folders below
    the worktree's top; ``lines`` are ranges of lines of files as the source has them, which stand for the hunks that
    show them. ``checkpoint`` is the source's commit that was looked at: if its files differ since, nothing is done.
    ``on_conflict``: ``refuse``, ``mark`` or ``take``. ``dry_run`` only tells what would change. ``undo`` takes the last
    graft into this session back.
    """

    source: str | None = msgspec.field(name="from", default=None)
    at: str = "now"
    paths: tuple[PathText, ...] = ()
    lines: tuple[GraftLines, ...] = ()
    checkpoint: str | None = None
    on_conflict: str = "refuse"
    dry_run: bool = False
    undo: bool = False


class CreateBoard(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /boards``; the slug is made from the name unless given."""

    name: Name
    slug: str | None = None
    description: Description | None = None
    icon: Name | None = None
    color: Name | None = None
    board_id: str | UnsetType = UNSET


class PatchBoard(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``PATCH /boards/{id}``."""

    name: Name | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    description: Description | None | UnsetType = UNSET
    icon: Name | None | UnsetType = UNSET
    color: Name | None | UnsetType = UNSET
    archived_at: str | None | UnsetType = UNSET


class CreateRepo(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /repos``: ``local_path`` is any folder inside the repository."""

    local_path: str
    name: Name | None = None
    slug: str | None = None
    repo_id: str | UnsetType = UNSET


class PatchRepoSettings(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of a repo to change; null, or for ``include`` an empty list, is the default again."""

    base: Name | None | UnsetType = UNSET
    branch_prefix: Name | None | UnsetType = UNSET
    include: tuple[Name, ...] | UnsetType = UNSET
    setup: Command | None | UnsetType = UNSET
    teardown: Command | None | UnsetType = UNSET
    check: Command | None | UnsetType = UNSET
    check_tasks: bool | None | UnsetType = UNSET


class PatchRepo(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``PATCH /repos/{id}``; of ``settings`` those that are given change."""

    name: Name | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    settings: PatchRepoSettings | UnsetType = UNSET


class Collect(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /repos/{id}/gc``: collect the garbage of its checkpoints; ``dry_run`` only tells what would go."""

    dry_run: bool = False


class MoveRepo(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /repos/{id}/move``: ``local_path`` is the folder that the repository was moved to, or one inside of it."""

    local_path: str


class MoveWorktree(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /worktrees/{id}/move``: ``path`` is the folder that the worktree was moved to."""

    path: str


class ConfirmRepo(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /repos/{id}/confirm``: ``filters`` are those of the repository's config that a person has seen."""

    filters: dict[str, str]


class CreateWorktree(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /worktrees``: a worktree of a repo on a new branch, at ``base`` (else HEAD)."""

    repo: str
    name: Name
    base: str | None = None
    worktree_id: str | UnsetType = UNSET


class LetGo(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /worktrees/{id}/release``: remove its folder, its files kept; ``force`` discards what cannot be kept."""

    force: bool = False


class DecideApproval(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``PATCH /approvals/{id}``. ``decision``: an option's id or kind, or ``allow``, ``always`` or ``deny``.

    ``status`` (``allowed`` or ``denied``) is the same in the record's own word. ``reason``: what the agent is told with
    a refusal. ``granted`` is ``taken_back`` to take a grant back, without a decision.
    """

    decision: str | UnsetType = UNSET
    status: str | UnsetType = UNSET
    reason: Description | None = None
    granted: Literal["taken_back"] | UnsetType = UNSET


class RunCheck(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /sessions/{id}/check``: run ``command``, else the repo's check, on the session's present files.

    ``at`` is a task, by position or id in any form, also an inherited one: the files as they were at its end, or with
    ``point`` at its ``start``.
    ``reason`` is ``hand`` or ``bisect``. ``consent`` is the hash of a ``.agor.toml`` that a person has read and allows.
    """

    command: Command | None = None
    at: int | str | None = None
    point: str = "end"
    reason: str = "hand"
    consent: str | None = None
    check_id: str | UnsetType = UNSET


class CreateCheck(RunCheck, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /checks``: the same, of the session with this id in any form."""

    session_id: str


class PatchCheck(_Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``PATCH /checks/{id}``: ``status`` can only become ``stopped``."""

    status: str
