"""The settings: their names, types and defaults, and how they are read from ``config.toml`` and the environment.

``AGOR_PORT`` and ``AGOR_DATABASE_URL`` in the environment beat the file.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec

from agor_core.config import private_file
from agor_core.config.mcp_settings import McpSettings
from agor_core.errors import InvalidInput

CHOICES: Mapping[str, tuple[str, ...]] = {
    "daemon.log_level": ("debug", "info", "warning", "error"),
    "app.glyphs": ("unicode", "ascii"),
}
RANGES: Mapping[str, tuple[int, int]] = {
    "daemon.port": (0, 65_535),
    "sessions.warm_agents": (0, 1_000),
    "sessions.turns": (0, 1_000),
    "daemon.feed_rows": (1, 1_000_000_000),
    "daemon.feed_days": (1, 36_500),
    "checkpoints.file_limit": (1, 1_000_000),
    "checkpoints.total_limit": (1, 1_000_000),
    "checkpoints.budget": (1, 100_000_000),
    "checks.at_once": (1, 100),
    "checks.time_limit": (1, 1_000_000),
}
COMMAND_KEYS = "app.keys."
"""Precedes the id of a command in the key of a setting."""
ALWAYS_MAY = ("spawn", "prompt", "report")
OTHERS = "others"
EVERYTHING = "everything"
RIGHTS = (*ALWAYS_MAY, "stop", "fork", "create", "change", "answer", "remove", "settings", OTHERS, EVERYTHING)
"""What ``agents.may`` can name; the first three every agent may."""
VARIABLES = {"AGOR_PORT": "daemon.port", "AGOR_DATABASE_URL": "database_url"}
"""The variables that beat the file, and the settings that they are."""
MAY = ("agents", "may")
"""Where the file has the rights of agents: among the agents, none of which can have this name."""
_DATABASE = re.compile(
    r"sqlite(\+\w+)?:///(?!:memory:).+"
    r"|postgres(ql)?(\+\w+)?://(?=.)([^:/?@]*(:[^@]*)?@)?(\[[^/?@]+\]|[^:/?@]*)(:[0-9]{1,5})?(/[^?]*)?(\?.*)?"
)
_A_DATABASE = "must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"


class AgentSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[agents.NAME]``: a further agent, or another command or environment for a known one.

    ``adapter`` is the known agent that its command starts, if that does not show; ``mode`` and ``model`` are those that
    its sessions begin with. ``env`` are variables with their values; ``inherit`` the names of variables that it gets of
    the user's environment, where ``AWS_*`` stands for all that begin so.
    """

    command: tuple[str, ...] = ()
    env: dict[str, str] = {}
    inherit: tuple[str, ...] = ()
    title: str | None = None
    adapter: str | None = None
    mode: str | None = None
    model: str | None = None


class DaemonSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[daemon]``: ``port`` 0 picks a free one; ``feed_rows`` and ``feed_days`` bound the feed log."""

    port: int = 3030
    host: str | None = None
    allowed_hosts: tuple[str, ...] = ()
    log_level: str = "info"
    feed_rows: int = 100_000
    feed_days: int = 14


class SessionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[sessions]``: defaults of a new session.

    ``agent`` None means the first that is installed; ``worktree`` gives the session a worktree of its own.
    ``warm_agents`` is how many agents' processes are kept between turns, of all sessions; ``turns`` how many turns run
    at once, 0 is any number.
    """

    agent: str | None = None
    worktree: bool = True
    warm_agents: int = 8
    turns: int = 0


class CheckpointSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[checkpoints]``, in megabytes: the largest file, and the largest sum of uncommitted files, of a checkpoint.

    ``budget`` is the most that the checkpoints of one repo may take; beyond it the oldest are let go of.
    """

    file_limit: int = 50
    total_limit: int = 500
    budget: int = 5_000


class CheckSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[checks]``: ``at_once`` run at most, each for ``time_limit`` seconds; ``after_tasks``: one after each task."""

    at_once: int = 2
    time_limit: int = 900
    after_tasks: bool = False


class AppSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[app]``: ``theme`` names a Textual theme; ``glyphs`` is ``unicode`` or ``ascii``; ``keys`` rebinds actions."""

    theme: str = "agor-dark"
    glyphs: str = "unicode"
    bell: bool = True
    keys: dict[str, str] = {}


NOTICES = ("needs_you", "finished", "failed", "limited")
"""What ``notify.on`` can name."""


class NotifySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[notify]``: the daemon runs ``command`` with a sentence for each notice of the kinds ``on``."""

    command: tuple[str, ...] = ()
    on: tuple[str, ...] = NOTICES


class ContextSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[context]``: what the command line takes where a call does not name it, each by slug, name or id."""

    board: str | None = None
    session: str | None = None
    agent: str | None = None
    repo: str | None = None


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole config file. ``agents_may`` are the rights of agents, ``may`` under ``[agents]`` in the file."""

    daemon: DaemonSettings = DaemonSettings()
    sessions: SessionSettings = SessionSettings()
    checkpoints: CheckpointSettings = CheckpointSettings()
    checks: CheckSettings = CheckSettings()
    app: AppSettings = AppSettings()
    notify: NotifySettings = NotifySettings()
    context: ContextSettings = ContextSettings()
    agents: dict[str, AgentSettings] = {}
    mcp: dict[str, McpSettings] = {}
    agents_may: tuple[str, ...] = ()
    database_url: str | None = None


def load(file: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from a config file and the environment. Raises InvalidInput, naming file and place."""
    return _overlaid(convert(_read(file), file), os.environ if environ is None else environ)


def convert(document: Mapping[str, Any], file: Path) -> Settings:
    """Convert a parsed file to settings. Raises InvalidInput, naming file and the first place at fault."""
    for fault in _faults(document, file):
        raise fault
    return _converted(document)


def load_valid(file: Path, environ: Mapping[str, str] | None = None) -> tuple[Settings, tuple[InvalidInput, ...]]:
    """Read the valid settings of a config file and the environment, and return the faults of the others."""
    try:
        document = _read(file)
    except InvalidInput as fault:
        document, faults = {}, [fault]
    else:
        faults = list(_faults(document, file))
    sound: dict[str, Any] = {}
    for path, value in _leaves(document):
        if _fault(path, value) is None:
            table = sound
            for part in path[:-1]:
                table = table.setdefault(part, {})
            table[path[-1]] = value
    return _overlaid(_converted(sound), os.environ if environ is None else environ), tuple(faults)


def as_document(settings: Settings) -> dict[str, Any]:
    """All settings in the form of the file."""
    document: dict[str, Any] = msgspec.to_builtins(settings)
    document["agents"] |= {MAY[1]: document.pop("agents_may")}
    return document


def sources(file: Path, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Where each setting that has no default value comes from: the file, or a variable of the environment.

    Raises InvalidInput if the file is no TOML.
    """
    environ = os.environ if environ is None else environ
    found = {".".join(path): str(file) for path, _ in _leaves(_read(file))}
    return found | {key: name for name, key in VARIABLES.items() if environ.get(name)}


def parts_of(key: str) -> list[str]:
    """The tables of a dotted key and its name; the id of a command, which has dots itself, is one part."""
    if key.startswith(COMMAND_KEYS):
        return [*COMMAND_KEYS.split(".")[:-1], key.removeprefix(COMMAND_KEYS)]
    return key.split(".")


def check(key: str, value: Any) -> None:
    """Raises InvalidInput for a value that the setting with this dotted key cannot have."""
    for path, leaf in _leaves({key: value}):
        if fault := _fault((*parts_of(key), *path[1:]), leaf):
            raise InvalidInput("{}: {}.".format(*fault), place=fault[0])


def _converted(document: Mapping[str, Any]) -> Settings:
    """A valid document as settings."""
    agents = dict(document.get("agents", {}))
    may = agents.pop(MAY[1], ())
    return msgspec.convert({**document, "agents": agents, "agents_may": may}, Settings)


def _overlaid(settings: Settings, environ: Mapping[str, str]) -> Settings:
    if port := environ.get("AGOR_PORT"):
        if re.fullmatch("[0-9]{1,5}", port) is None or int(port) > 65535:
            raise InvalidInput(f"AGOR_PORT must be a port number from 0 to 65535, not {port!r}.", place="AGOR_PORT")
        settings = msgspec.structs.replace(settings, daemon=msgspec.structs.replace(settings.daemon, port=int(port)))
    if url := environ.get("AGOR_DATABASE_URL"):
        if _DATABASE.fullmatch(url) is None:
            raise InvalidInput(f"AGOR_DATABASE_URL {_A_DATABASE}.", place="AGOR_DATABASE_URL")
        settings = msgspec.structs.replace(settings, database_url=url)
    return settings


def _faults(document: Mapping[str, Any], file: Path) -> Iterator[InvalidInput]:
    for path, value in _leaves(document):
        if fault := _fault(path, value):
            place, message = fault
            yield InvalidInput(f"{file}: {place}: {message}.", place=place)


def _leaves(table: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every value with the names that lead to it; an empty table counts as a value."""
    for name, value in table.items():
        path = (*above, name)
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, path)
        else:
            yield path, value


def _fault(path: tuple[str, ...], value: Any) -> tuple[str, str] | None:
    """The place of a value that is at fault and what is wrong there; None if it is valid."""
    key = ".".join(path)
    if key.startswith(COMMAND_KEYS) and len(path) > 3:
        return key, f'write the id of a command in quotation marks: "{key.removeprefix(COMMAND_KEYS)}"'
    kind: Any = Settings
    for depth in range(1, len(path) + 1):
        if not _is_table(kind):
            value = {}
            break
        if (inside := _type_at(kind, path[:depth])) is None:
            return ".".join(path[:depth]), "there is no such setting"
        kind = inside
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        return key, str(error).partition(" - at `")[0]
    if key in CHOICES and value not in CHOICES[key]:
        return key, f"{value!r} is none of {', '.join(CHOICES[key])}"
    if path == MAY and (unknown := [right for right in value if right not in RIGHTS]):
        return key, f"{unknown[0]!r} is none of {', '.join(RIGHTS)}"
    if key == "notify.on" and (unknown := [kind for kind in value if kind not in NOTICES]):
        return key, f"{unknown[0]!r} is none of {', '.join(NOTICES)}"
    if key in RANGES and not RANGES[key][0] <= value <= RANGES[key][1]:
        return key, "it must be from {} to {}, not {}".format(*RANGES[key], value)
    if key == "database_url" and value is not None and _DATABASE.fullmatch(value) is None:
        return key, f"it {_A_DATABASE}"  # and not what it is, which may hold a password
    return None


def _is_table(kind: Any) -> bool:
    return get_origin(kind) is dict or (isinstance(kind, type) and issubclass(kind, msgspec.Struct))


def _type_at(table: Any, path: tuple[str, ...]) -> Any:
    """The type of the value at a path whose table has this type; None if the table has no such name."""
    if path == MAY:
        return tuple[str, ...]
    if get_origin(table) is dict:
        return get_args(table)[1]
    names = {field.name: field.type for field in msgspec.structs.fields(table) if field.name != "agents_may"}
    return names.get(path[-1])


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(private_file.read(file).decode())
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file} is not valid TOML: {error}.") from None
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}.") from None
