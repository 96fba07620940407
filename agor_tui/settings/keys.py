"""The names of the settings, as dotted keys, and the types of their values."""

import difflib
import shlex
import tomllib
import types
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from agor_core.config.settings import COMMAND_KEYS, MAY, Settings, check, parts_of
from agor_core.errors import InvalidInput
from agor_tui.settings.app_names import app_names

SHORT = {name: f"context.{name}" for name in ("board", "session", "agent", "repo")}
"""Keys that can be given without their table."""


def full_key(key: str) -> str:
    """A key as the file has it."""
    return SHORT.get(key, key)


def check_value(key: str, value: Any, settings: Settings) -> None:
    """Raises InvalidInput with the possible values if a setting names an unknown theme, command or agent."""
    check(key, value)
    if key == "app.theme":
        _check_named(key, value, app_names("themes"))
    elif key.startswith(COMMAND_KEYS):
        _check_command(key)
    elif key == "sessions.agent":
        from agor_core.agents.registry import KNOWN

        _check_named(key, value, dict.fromkeys([*(spec.name for spec in KNOWN), *settings.agents]))


def check_known(key: str) -> None:
    """Raises InvalidInput for an unknown key."""
    _type_of(key)


def parse_value(key: str, text: str) -> Any:
    """Parse a text as the value of a setting. Raises InvalidInput for an unknown key."""
    kind = _type_of(key)
    if kind is str:
        return text
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    if kind is tuple and not isinstance(value, list):
        return _words(key, text)
    if kind is bool and isinstance(value, str) and value.lower() in ("on", "yes", "off", "no"):
        return value.lower() in ("on", "yes")
    return value


def look_up(settings: Mapping[str, Any], key: str) -> Any:
    """The value of a key, or the table below it. Raises InvalidInput for an unknown key."""
    value: Any = settings
    for part in parts_of(key):
        if not isinstance(value, Mapping) or part not in value:
            _type_of(key)
            return None
        value = value[part]
    return value


def leaves(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every key with a value, and the value."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def known_keys(kind: type[msgspec.Struct] = Settings, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every key with its type; ``NAME`` stands for a name that the user chooses."""
    for name, hint in get_type_hints(kind).items():
        yield from _keys(f"{prefix}{name}" if name != "agents_may" else ".".join(MAY), hint)


def _keys(name: str, hint: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield from known_keys(hint, f"{name}.")
    elif get_origin(hint) is dict:
        yield from _keys(f"{name}.NAME", get_args(hint)[1])
    elif get_origin(hint) in (Union, types.UnionType):
        yield name, next(part for part in get_args(hint) if part is not type(None))
    else:
        yield name, get_origin(hint) or hint


def _type_of(key: str) -> Any:
    parts = parts_of(key)
    for known, kind in known_keys():
        pattern = known.split(".")
        fits = zip(pattern, parts, strict=False)
        if len(pattern) == len(parts) and all(a in (b, "NAME") and b for a, b in fits):
            return kind
    near = difflib.get_close_matches(key, [known for known, _ in known_keys()], n=3, cutoff=0.5)
    hint = f"; there are {', '.join(near)}" if near else "; see all with: agor config get"
    raise InvalidInput(f"There is no setting {key!r}{hint}.", place=key)


def _check_named(key: str, value: str, names: Collection[str]) -> None:
    if names and value not in names:
        raise InvalidInput(f"{key}: {value!r} is none of {', '.join(names)}.", place=key)


def _check_command(key: str) -> None:
    name, commands = key.removeprefix(COMMAND_KEYS), app_names("commands")
    if commands and name not in commands:
        near = difflib.get_close_matches(name, commands, n=3, cutoff=0.4)
        hint = f"; did you mean {' or '.join(near)}?" if near else f"; there are {', '.join(commands)}."
        raise InvalidInput(f"{key}: there is no command {name!r}{hint}", place=key)


def _words(key: str, text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        raise InvalidInput(f"{key}: a quotation mark is missing.", place=key) from None
