"""The settings in ``config.toml`` and the environment: what there is, its type, its default; reading and setting.

``AGOR_PORT`` and ``AGOR_DATABASE_URL`` in the environment beat the file.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from agor_core.errors import InvalidInput

CHOICES: Mapping[str, tuple[str, ...]] = {
    "daemon.log_level": ("debug", "info", "warning", "error"),
    "app.glyphs": ("unicode", "ascii"),
}
RANGES: Mapping[str, tuple[int, int]] = {
    "daemon.port": (0, 65_535),
    "daemon.feed_rows": (1, 1_000_000_000),
    "daemon.feed_days": (1, 36_500),
    "checkpoints.file_limit": (1, 1_000_000),
    "checkpoints.total_limit": (1, 1_000_000),
}
_DATABASE = re.compile(
    r"sqlite(\+\w+)?:///(?!:memory:).+"
    r"|postgres(ql)?(\+\w+)?://(?=.)([^:/?@]*(:[^@]*)?@)?(\[[^/?@]+\]|[^:/?@]*)(:[0-9]{1,5})?(/[^?]*)?(\?.*)?"
)
_A_DATABASE = "must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
_UNKNOWN = re.compile(r"Object contains unknown field `(.+)`", re.DOTALL)


class AgentSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[agents.NAME]``: a further agent, or another command or environment for one we know."""

    command: tuple[str, ...] = ()
    env: dict[str, str] = {}
    title: str | None = None


class DaemonSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[daemon]``: ``port`` 0 picks a free one; ``feed_rows`` and ``feed_days`` bound the feed log."""

    port: int = 3030
    host: str | None = None
    allowed_hosts: tuple[str, ...] = ()
    log_level: str = "info"
    feed_rows: int = 100_000
    feed_days: int = 14


class SessionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[sessions]``: what a new session gets when nothing is said.

    ``agent``: without one, the first that is installed. ``worktree``: one of its own in a repository.
    """

    agent: str | None = None
    worktree: bool = True


class CheckpointSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[checkpoints]``: megabytes that a checkpoint takes in at most, of one file and of all that is not committed."""

    file_limit: int = 50
    total_limit: int = 500


class AppSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[app]``: ``theme`` names a Textual theme; ``glyphs`` is ``unicode`` or ``ascii``; ``keys`` rebinds actions."""

    theme: str = "agor-dark"
    glyphs: str = "unicode"
    bell: bool = True
    keys: dict[str, str] = {}


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole config file."""

    daemon: DaemonSettings = DaemonSettings()
    sessions: SessionSettings = SessionSettings()
    checkpoints: CheckpointSettings = CheckpointSettings()
    app: AppSettings = AppSettings()
    agents: dict[str, AgentSettings] = {}
    database_url: str | None = None


def load(file: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings in a config file, overlaid by the environment. Raises InvalidInput, naming file and place."""
    return _overlaid(convert(_read(file), file), os.environ if environ is None else environ)


def convert(document: Mapping[str, Any], file: Path) -> Settings:
    """A read document as settings. Raises InvalidInput, naming the first place at fault."""
    for fault in _faults(document, file):
        raise fault
    return msgspec.convert(document, Settings)


def load_sound(file: Path, environ: Mapping[str, str] | None = None) -> tuple[Settings, tuple[InvalidInput, ...]]:
    """What can be read of a config file, overlaid by the environment, and what is wrong with the rest."""
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
    settings = msgspec.convert(sound, Settings)
    return _overlaid(settings, os.environ if environ is None else environ), tuple(faults)


def check(key: str, value: Any) -> None:
    """Raises InvalidInput where a value cannot be that of a dotted key, and says what can."""
    for path, leaf in _leaves({key: value}):
        if fault := _fault((*key.split("."), *path[1:]), leaf):
            raise InvalidInput("{}: {}.".format(*fault), place=fault[0])


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
    """Every value with the names that lead to it; a table is one if it is empty."""
    for name, value in table.items():
        path = (*above, name)
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, path)
        else:
            yield path, value


def _fault(path: tuple[str, ...], value: Any) -> tuple[str, str] | None:
    """The place and what is wrong there; each value is looked at by itself, so that all that is wrong is found."""
    document = value
    for name in reversed(path):
        document = {name: document}
    key = ".".join(path)
    try:
        msgspec.convert(document, Settings)
    except msgspec.ValidationError as error:
        message = str(error).partition(" - at `")[0]
        if (unknown := _UNKNOWN.fullmatch(message)) is None:
            return key, message
        known = path.index(unknown[1]) if unknown[1] in path else len(path) - 1
        return ".".join(path[: known + 1]), "there is no such setting"
    if key in CHOICES and value not in CHOICES[key]:
        return key, f"{value!r} is none of {', '.join(CHOICES[key])}"
    if key in RANGES and not RANGES[key][0] <= value <= RANGES[key][1]:
        return key, "it must be from {} to {}, not {}".format(*RANGES[key], value)
    if key == "database_url" and value is not None and _DATABASE.fullmatch(value) is None:
        return key, f"it {_A_DATABASE}"  # and not what it is, which may hold a password
    return None


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file} is not valid TOML: {error}.") from None
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}.") from None
