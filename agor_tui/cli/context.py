"""Defaults for later calls: the board, session, agent and repo that an option or argument stands for when not given.

In this order: the call itself, the environment (``AGOR_CONTEXT_BOARD``), the nearest ``.agor.toml`` in the current
folder or above it that has a table ``[context]``, and the config's ``[context]``.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from agor_core.config import private_file
from agor_core.config.settings import load_valid
from agor_core.errors import InvalidInput
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID
from agor_tui.state.clean import line

F = TypeVar("F", bound=Callable[..., Any])
NAMES = ("board", "session", "agent", "repo")
FILE = ".agor.toml"
TABLE = "context"
PREFIX = "AGOR_CONTEXT_"
OWN_SESSION = "AGOR_SESSION_ID"
"""The variable by which an agent knows its session; that is its default."""


class Default(NamedTuple):
    """A default and where it comes from: a variable, or a file."""

    value: str
    source: str


def defaults(invocation: Invocation, environ: Mapping[str, str] | None = None) -> dict[str, Default]:
    """Every default that is set, by name. Raises InvalidInput for a file that cannot be read."""
    environ = os.environ if environ is None else environ
    config, folders = load_valid(invocation.paths.config)[0].context, _of_folders()
    found: dict[str, Default] = {}
    for name in NAMES:
        variables = (f"{PREFIX}{name.upper()}", *((OWN_SESSION,) if name == "session" else ()))
        for variable in variables:
            if value := environ.get(variable):
                found.setdefault(name, Default(value, variable))
        if name in folders:
            found.setdefault(name, folders[name])
        if value := getattr(config, name):
            found.setdefault(name, Default(value, str(invocation.paths.config)))
    return found


def narrowed(invocation: Invocation, name: str, given: str | None) -> str | None:
    """The value of an option that narrows a list: as given, else its default, which is said."""
    if given is not None:
        return given
    found = invocation.defaults.get(name)
    if found is None:
        return None
    invocation.notice(f"Only the {name} {line(found.value)}, as {line(found.source)} says; --everything shows all.")
    return found.value


def session_argument(function: F) -> F:
    """The argument SESSION, which is the default's session where it is left out."""
    argument = click.argument("session", metavar="[SESSION]", type=ID, required=False, callback=_given_or_default)
    return argument(function)


def _given_or_default(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None or ctx.resilient_parsing:
        return value
    found = ctx.ensure_object(Invocation).defaults.get(str(param.name))
    if found is None:
        hint = f"Give it, or set a default: agor config set {param.name} ID"
        raise click.MissingParameter(hint, ctx=ctx, param=param)
    return str(ID.convert(found.value, param, ctx))


def _of_folders() -> dict[str, Default]:
    """The defaults of the nearest ``.agor.toml`` that has any."""
    try:
        here = Path.cwd()
    except OSError:  # the folder was removed
        return {}
    for folder in (here, *here.parents):
        file = folder / FILE
        if file.is_file():
            table = _read(file).get(TABLE)
            if table is not None:
                return {name: Default(value, str(file)) for name, value in _checked(table, file).items()}
    return {}


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(private_file.read(file).decode())
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file} is not valid TOML: {error}.") from None


def _checked(table: Any, file: Path) -> dict[str, str]:
    if not isinstance(table, dict):
        raise InvalidInput(f"{file}: {TABLE} must be a table.", place=TABLE)
    for name, value in table.items():
        if name not in NAMES or not isinstance(value, str) or not value:
            raise InvalidInput(f"{file}: {TABLE}.{name}: must be text for one of {', '.join(NAMES)}.", place=name)
    return table
