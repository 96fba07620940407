"""``agor config …``: the settings, in the local file; nothing of it needs the daemon."""

from typing import Any

import click
import msgspec

from agor_tui.cli.config_file import change
from agor_tui.cli.config_keys import leaves, look_up, parse_value
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import Entry, group, pass_invocation, verb
from agor_tui.state.clean import line
from agor_tui.state.genealogy_rows import Segment
from agor_tui.state.glyphs import Tone

config = group(
    "config",
    "Read and change the settings.",
    {
        "get": Entry("agor_tui.cli.config:get", "Print one setting, or all."),
        "set": Entry("agor_tui.cli.config:set_value", "Change a setting."),
        "unset": Entry("agor_tui.cli.config:unset", "Take a setting back to what it is by itself."),
    },
)


@verb("get")
@click.argument("key", metavar="KEY", required=False)
@pass_invocation
def get(invocation: Invocation, key: str | None) -> None:
    """Print one setting, or all; as they are in force, with the environment's."""
    settings: dict[str, Any] = msgspec.to_builtins(invocation.settings)
    out = invocation.out
    if key is not None:
        value = look_up(settings, key)
        if invocation.json:
            out.record(value)
        else:
            out.text(line(_shown(value)))
    elif invocation.json:
        out.record(settings)
    else:
        for name, value in leaves(settings):
            out.line([Segment(f"{line(name)} = ", Tone.MUTED), Segment(line(_shown(value)))])


@verb("set")
@click.argument("key", metavar="KEY")
@click.argument("value", metavar="VALUE")
@pass_invocation
def set_value(invocation: Invocation, key: str, value: str) -> None:
    """Change a setting. A list is given as words, or as in TOML.

    The file's comments stay. The daemon takes up its own settings at its next start.
    """
    parsed = parse_value(key, value)
    change(invocation.paths.config, key, parsed)
    if invocation.json:
        invocation.out.record(parsed)


@verb("unset")
@click.argument("key", metavar="KEY")
@pass_invocation
def unset(invocation: Invocation, key: str) -> None:
    """Take a setting back to what it is by itself."""
    parse_value(key, "")
    change(invocation.paths.config, key, None)


def _shown(value: Any) -> str:
    match value:
        case str():
            return value
        case None:
            return ""
        case _:
            return msgspec.json.encode(value).decode()
