"""``agor feed``: every change as it happens, one JSON object a line."""

import click

from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import pass_invocation, verb
from agor_tui.client.feed import follow


@verb("feed")
@click.option("--since", metavar="CURSOR", help="Resume after this cursor; else start now.")
@click.option(
    "--service", "services", metavar="NAME", multiple=True, help="Only changes of this service; may be repeated."
)
@pass_invocation
def feed(invocation: Invocation, since: str | None, services: tuple[str, ...]) -> None:
    """Print every change as it happens, one JSON object a line; end with Ctrl-C.

    It continues after a restart of the daemon without missing a change.
    """
    invocation.daemon.close()
    for received in follow(invocation.paths, since=since, services=services):
        invocation.out.json_line(received)
