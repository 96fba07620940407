"""The settings in ``config.toml`` and the environment: what there is, its type, its default; reading and setting.

``AGOR_PORT`` and ``AGOR_DATABASE_URL`` in the environment beat the file.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from agor_core.errors import InvalidInput

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
    app: AppSettings = AppSettings()
    agents: dict[str, AgentSettings] = {}
    database_url: str | None = None


def load(file: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings in a config file, overlaid by the environment. Raises InvalidInput, naming file and place."""
    environ = os.environ if environ is None else environ
    settings = convert(_read(file), file)
    if port := environ.get("AGOR_PORT"):
        if re.fullmatch("[0-9]{1,5}", port) is None or int(port) > 65535:
            raise InvalidInput(f"AGOR_PORT must be a port number from 0 to 65535, not {port!r}.", place="AGOR_PORT")
        settings = msgspec.structs.replace(settings, daemon=msgspec.structs.replace(settings.daemon, port=int(port)))
    if url := environ.get("AGOR_DATABASE_URL"):
        settings = msgspec.structs.replace(settings, database_url=url)
    return settings


def convert(document: Mapping[str, Any], file: Path) -> Settings:
    """A read document as settings. Raises InvalidInput, naming the place."""
    try:
        settings = msgspec.convert(document, Settings)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `")
        place = path.rstrip("`").removeprefix("$.")
        if unknown := _UNKNOWN.fullmatch(message):
            place = f"{place}.{unknown[1]}" if place else unknown[1]
            message = "there is no such setting"
        raise InvalidInput(f"{file}: {place or 'the top level'}: {message}.", place=place or None) from None
    if not 0 <= settings.daemon.port <= 65535:
        raise InvalidInput(f"{file}: daemon.port must be from 0 to 65535.", place="daemon.port")
    return settings


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file} is not valid TOML: {error}.") from None
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}.") from None
