"""The errors that callers tell apart; each carries its data and says in one sentence what is wrong.

AgorError
├── InvalidInput            the request is not valid in itself
├── NotFound                nothing has this id or name
├── Ambiguous               several things match
├── Conflict                the request is valid, but not in the present state
│   └── Conflicting         files meet
├── Unprocessable           the request cannot be done on this machine (no such agent program, no commits …)
│   ├── AgentNotInstalled
│   ├── ConsentNeeded
│   ├── AgentFailed
│   └── GitFailed
│       ├── FilterFailed
│       └── NoCommits
├── Refused                 the caller has no permission (another user, a foreign origin)
├── MethodNotAllowed        the service has no such call
└── Unavailable             the daemon is stopping, or the store is busy or full
    ├── StoreBusy
    ├── StoreFull
    └── StoreClosed
        └── StoreLost       its files were removed, replaced or written by another program
CannotStart                 the daemon cannot start here (home not writable, port taken, unsafe settings)
└── AlreadyRunning          another daemon has this home
StoreUnusable               the daemon cannot start on this store (newer, damaged, not writable)
└── StoreDamaged
"""

from collections.abc import Sequence


class AgorError(Exception):
    """Base of all errors; ``message`` is a sentence for a person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message


class InvalidInput(AgorError):
    """The request is not valid in itself; ``place`` names the field or option at fault."""

    def __init__(self, message: str, *, place: str | None = None) -> None:
        super().__init__(message)
        self.place = place

    def within(self, step: str) -> "InvalidInput":
        """The same error with a place that begins with ``step``: the field or ``[index]`` that holds the value."""
        if self.place is None or not self.message.startswith(f"{self.place}: "):
            sentence = f"{self.message[0].lower()}{self.message[1:]}"
        else:
            sentence = self.message.removeprefix(f"{self.place}: ")
        inner = self.place or ""
        place = f"{step}.{inner}" if inner and not inner.startswith("[") else step + inner
        return InvalidInput(f"{place}: {sentence}", place=place)


class NotFound(AgorError):
    """No record of this ``kind`` has the id or name ``given``."""

    def __init__(self, kind: str, given: str, message: str | None = None) -> None:
        super().__init__(message or f"No {kind} has the id {given!r}.")
        self.kind = kind
        self.given = given


class Ambiguous(AgorError):
    """``given`` matches several; ``candidates`` are pairs of id and title."""

    def __init__(self, kind: str, given: str, candidates: Sequence[tuple[str, str]]) -> None:
        shown = ", ".join(f"{identifier} ({title})" if title else identifier for identifier, title in candidates[:10])
        more = f" and {len(candidates) - 10} more" if len(candidates) > 10 else ""
        super().__init__(f"{given!r} fits more than one {kind}: {shown}{more}. Give more digits.")
        self.kind = kind
        self.given = given
        self.candidates = tuple(candidates)


class Conflict(AgorError):
    """The request is valid, but not in the present state."""


class Conflicting(Conflict):
    """What is to be brought together meets in the files ``paths``."""

    def __init__(self, message: str, paths: Sequence[str]) -> None:
        super().__init__(message)
        self.paths = tuple(paths)


class Unprocessable(AgorError):
    """The request is valid, but cannot be done on this machine."""


class AgentNotInstalled(Unprocessable):
    """The agent's program is not on this machine; ``hint`` says how to get it."""

    def __init__(self, agent: str, hint: str) -> None:
        way = f"install it with: {hint}" if hint else f"see agents.{agent}.command in the config."
        super().__init__(f"The agent {agent} is not installed; {way}")
        self.agent = agent
        self.hint = hint


class ConsentNeeded(Unprocessable):
    """A repository's own commands would run, and nobody allowed them; ``text`` is their file, ``digest`` its hash."""

    def __init__(self, text: str, digest: str) -> None:
        super().__init__(
            "The commands of this repository's .agor.toml were not allowed yet, so its check does not run. "
            "Read the file, then allow it with: agor session check SESSION --allow"
        )
        self.text = text
        self.digest = digest


class AgentFailed(Unprocessable):
    """The agent's process died, did not speak the protocol, or answered with an error."""


class GitFailed(Unprocessable):
    """git refused a command; ``stderr`` is its error output."""

    def __init__(self, message: str, *, stderr: str = "") -> None:
        super().__init__(message)
        self.stderr = stderr


class FilterFailed(GitFailed):
    """A filter program that a checkout needs (Git LFS and the like) could not run; ``driver`` is its name."""

    def __init__(self, driver: str, *, stderr: str = "") -> None:
        super().__init__(f"The filter {driver} could not run.", stderr=stderr)
        self.driver = driver


class NoCommits(GitFailed):
    """The repository has no commit yet, so there is nothing to begin a worktree or a checkpoint from."""

    def __init__(self, repository: object) -> None:
        super().__init__(
            f"The repository {repository} has no commits yet; make one first, or work in the folder itself."
        )


class Refused(AgorError):
    """The caller has no permission; ``authenticated`` is False where a token would help."""

    def __init__(self, message: str, *, authenticated: bool = True) -> None:
        super().__init__(message)
        self.authenticated = authenticated


class MethodNotAllowed(AgorError):
    """The service does not offer this call."""


class Unavailable(AgorError):
    """The daemon is stopping, or the store cannot take a write now."""


class StoreBusy(Unavailable):
    """Another program holds the database's lock for longer than the timeout."""


class StoreFull(Unavailable):
    """The disk is full; nothing was changed."""


class StoreClosed(Unavailable):
    """The store is closed."""

    def __init__(self, message: str = "The store is closed.") -> None:
        super().__init__(message)


class StoreLost(StoreClosed):
    """The files of the open store were removed, replaced or written by another program; it takes no more writes."""


class CannotStart(AgorError):
    """The daemon cannot start here: home not writable, port taken, unsafe settings. Nothing was changed."""


class AlreadyRunning(CannotStart):
    """Another daemon has this home."""


class StoreUnusable(AgorError):
    """The daemon cannot work on this store: made by a newer version, damaged, or not writable. It was left as it is."""


class StoreDamaged(StoreUnusable):
    """The file of the store is damaged."""
