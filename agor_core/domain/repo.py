"""A repo: a git repository that Agor knows."""

import re

import msgspec

from agor_core.domain.texts import shown
from agor_core.errors import InvalidInput
from agor_core.ids import RepoId

LONGEST_PREFIX = 40
_PREFIX = re.compile(r"(?:[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*[/-])+")


class RepoSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How sessions work in a repo.

    ``base`` is where new worktrees begin (None: HEAD), ``branch_prefix`` begins the names of their branches, and
    ``include`` are patterns, as in ``.gitignore``, of ignored files that they get. ``setup`` runs in a new worktree,
    ``teardown`` before one is removed, ``check`` judges a tree; each is a command for the shell.
    ``check_tasks``: it runs after every task; None is as the config says.
    """

    base: str | None = None
    branch_prefix: str | None = None
    include: tuple[str, ...] = ()
    setup: str | None = None
    teardown: str | None = None
    check: str | None = None
    check_tasks: bool | None = None


class RepoTrust(msgspec.Struct, frozen=True, kw_only=True):
    """What of a repository may run: a person has seen it.

    ``filters`` is its own config of filter programs, by key, as it was when the repo was added or confirmed last; None
    if that was never read. ``commands`` are the hashes of ``.agor.toml`` files that were allowed.
    """

    filters: dict[str, str] | None = None
    commands: tuple[str, ...] = ()


class RepoFilters(msgspec.Struct, frozen=True, kw_only=True):
    """The filter programs of a repository's own config now, and as they were confirmed (None: never), by key."""

    filters: dict[str, str]
    confirmed: dict[str, str] | None = None


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
    settings: RepoSettings = RepoSettings()
    trust: RepoTrust = RepoTrust()
    created_at: str
    updated_at: str


def check_settings(settings: RepoSettings) -> None:
    """Raises InvalidInput for a prefix that cannot begin a branch's name."""
    prefix = settings.branch_prefix
    if prefix is not None and (len(prefix) > LONGEST_PREFIX or _PREFIX.fullmatch(prefix) is None):
        raise InvalidInput(
            f"branch_prefix: must be words of a-z A-Z 0-9 . _ - that end with '/' or '-', such as 'agor/', at most "
            f"{LONGEST_PREFIX} characters, not {shown(prefix)}.",
            place="settings.branch_prefix",
        )
