"""``agor config …``: the settings in the config file; works without the daemon."""

from typing import Any

import click
import msgspec

from agor_core.config.settings import as_document, load_valid, sources
from agor_core.errors import InvalidInput
from agor_tui.cli.exits import say
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import LazyVerb, group, pass_invocation, verb
from agor_tui.settings.file import put, take_out
from agor_tui.settings.keys import check_known, check_value, full_key, leaves, look_up, parse_value
from agor_tui.state.clean import line
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment

config = group(
    "config",
    "Read and change the settings.",
    {
        "get": LazyVerb("agor_tui.cli.config:get", "Print one setting, or all."),
        "list": LazyVerb("agor_tui.cli.config:list_settings", "Print all settings and where each comes from."),
        "set": LazyVerb("agor_tui.cli.config:set_value", "Change a setting."),
        "unset": LazyVerb("agor_tui.cli.config:unset", "Reset a setting to its default."),
    },
)


@verb("get")
@click.argument("key", metavar="KEY", required=False)
@pass_invocation
def get(invocation: Invocation, key: str | None) -> None:
    """Print one setting, or all, with the values from the environment applied."""
    sound, faults = load_valid(invocation.paths.config)
    settings = as_document(sound)
    out = invocation.out
    if key is not None:
        key = full_key(key)
        value = look_up(settings, key)
        for fault in faults:
            if fault.place in (key, None):
                raise fault
        if invocation.json:
            out.record(value)
        else:
            out.text(line(_shown(value)))
    elif invocation.json:
        out.record(settings)
    else:
        for name, value in leaves(settings):
            out.line([Segment(f"{line(name)} = ", Tone.MUTED), Segment(line(_shown(value)))])
    _tell(invocation)


@verb("list")
@pass_invocation
def list_settings(invocation: Invocation) -> None:
    """Print all settings and where each comes from: the default, the config file, the environment or a .agor.toml."""
    sound, faults = load_valid(invocation.paths.config)
    known = {} if any(fault.place is None for fault in faults) else sources(invocation.paths.config)
    values = dict(leaves(as_document(sound)))
    for name, found in invocation.defaults.items() if not faults else ():
        values[full_key(name)], known[full_key(name)] = found
    rows = [{"key": key, "value": value, "source": known.get(key, "default")} for key, value in values.items()]
    if invocation.json:
        invocation.out.record(rows)
    else:
        for row in rows:
            source = line(row["source"])
            setting = [Segment(f"{line(row['key'])} = ", Tone.MUTED), Segment(line(_shown(row["value"])))]
            invocation.out.line([*setting, Segment(f"  ({source})", Tone.MUTED)])
    _tell(invocation)


@verb("set")
@click.argument("key", metavar="KEY")
@click.argument("value", metavar="VALUE")
@pass_invocation
def set_value(invocation: Invocation, key: str, value: str) -> None:
    """Change a setting. A list is given as words, or as in TOML.

    board, session, agent and repo are defaults for later calls. The file's comments stay. The daemon takes up its own
    settings at its next start.
    """
    _check_caller(invocation)
    key = full_key(key)
    parsed = parse_value(key, value)
    check_value(key, parsed, load_valid(invocation.paths.config)[0])
    put(invocation.paths.config, key, parsed)
    if invocation.json:
        invocation.out.record(parsed)
    _tell(invocation)


@verb("unset")
@click.argument("key", metavar="KEY")
@pass_invocation
def unset(invocation: Invocation, key: str) -> None:
    """Reset a setting to its default."""
    _check_caller(invocation)
    key = full_key(key)
    if not take_out(invocation.paths.config, key):
        check_known(key)
    _tell(invocation)


def _check_caller(invocation: Invocation) -> None:
    from agor_tui.client.caller import check_may

    check_may(invocation.paths, "settings", "change settings")


def _tell(invocation: Invocation) -> None:
    """Print a notice for every error in the config file."""
    settings, faults = load_valid(invocation.paths.config)
    for fault in faults:
        say(str(fault))
    if not faults and settings.agents:
        from agor_core.agents.registry import registry

        try:
            registry(settings)
        except InvalidInput as fault:
            say(str(fault))


def _shown(value: Any) -> str:
    match value:
        case str():
            return value
        case None:
            return ""
        case _:
            return msgspec.json.encode(value).decode()
