"""``agor db …``: runs the database commands of the daemon's program, as the terminal side never opens the store."""

import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import click

from agor_core.config.settings import load_valid
from agor_core.errors import InvalidInput
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import LazyVerb, group, pass_invocation, verb
from agor_tui.client import process
from agor_tui.state.clean import block

db = group(
    "db",
    "The database: migrate, check, back up, restore.",
    {
        "migrate": LazyVerb(
            "agor_tui.cli.db:migrate", "Migrate the database to this version's schema, after a backup."
        ),
        "status": LazyVerb("agor_tui.cli.db:status", "Print the database's place and schema version."),
        "backup": LazyVerb("agor_tui.cli.db:backup", "Back up the database, also while the daemon runs."),
        "check": LazyVerb("agor_tui.cli.db:check", "Check the database for damage."),
        "restore": LazyVerb("agor_tui.cli.db:restore", "Put a backup in the place of the database."),
        "downgrade": LazyVerb("agor_tui.cli.db:downgrade", "Explain how to go back to an older version."),
    },
)


@verb("migrate")
@click.argument("version", metavar="", required=False)
@pass_invocation
def migrate(invocation: Invocation, version: str | None) -> int:
    """Migrate the database to this version's schema, after a backup."""
    if version is not None:
        raise _no_way_back(invocation)
    return _run(invocation, "migrate")


@verb("status")
@pass_invocation
def status(invocation: Invocation) -> int:
    """Print the database's place and schema version."""
    return _run(invocation, "status")


@verb("backup")
@pass_invocation
def backup(invocation: Invocation) -> int:
    """Back up the database, also while the daemon runs.

    The copy goes into the home's backups; its place is printed.
    """
    return _run(invocation, "backup")


@verb("check")
@pass_invocation
def check(invocation: Invocation) -> int:
    """Check the database for damage; records that nothing changed are compared with yesterday's copy."""
    return _run(invocation, "check")


@verb("restore")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--latest", is_flag=True, help="Restore the newest good copy of the home's backups.")
@pass_invocation
def restore(invocation: Invocation, file: Path | None, latest: bool) -> int:
    """Put a backup in the place of the database, while no daemon runs.

    The database that was there is put aside, among the backups. Clients load afresh.
    """
    if latest == (file is not None):
        raise click.UsageError("Name a copy, or give --latest.")
    return _run(invocation, "restore", *([] if file is None else [str(file.absolute())]))


@verb("downgrade")
@click.argument("version", metavar="", required=False)
@pass_invocation
def downgrade(invocation: Invocation, version: str | None) -> None:  # noqa: ARG001 - there is none to go to
    """Explain how to go back to an older version."""
    raise _no_way_back(invocation)


def _no_way_back(invocation: Invocation) -> InvalidInput:
    paths = invocation.paths
    never = (
        "A database is only brought to the form of the version that is installed, and never taken back; to go back, "
        "stop the daemon (agor daemon stop), install the version before, and restore the copy that was made before the "
        "migration"
    )
    url = load_valid(paths.config)[0].database_url
    if url is not None and url.startswith("postgresql"):
        parts = urlsplit(url)
        return InvalidInput(f"{never}: the dump that pg_dump made of {parts.path.lstrip('/')} on {parts.hostname}.")
    return InvalidInput(f"{never}, which is in {paths.backups}: agor db restore FILE")


def _run(invocation: Invocation, what: str, *arguments: str) -> int:
    """Run a database command of the daemon's program, and print its output cleaned or as JSON."""
    command, environment = process.command("db", what, *arguments), process.environment(invocation.paths)
    done = subprocess.run(command, env=environment, check=False, stdout=subprocess.PIPE)
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    if invocation.json:
        invocation.out.record({"ok": done.returncode == 0, "lines": lines})
    else:
        for line in lines:
            invocation.out.text(block(line))
    return _code(done.returncode)


def _code(code: int) -> int:
    """The exit code; as in shells 128 + N for a process that signal N ended."""
    return code if code >= 0 else 128 - code
