"""The root of the command line: its groups, and the entry point that parses and runs a command."""

import sys
from collections.abc import Callable, Sequence

import click

from agor_core import __version__
from agor_core.config.paths import Paths
from agor_core.errors import AgorError
from agor_tui.cli.exits import boundary
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import LazyVerb, Verbs
from agor_tui.cli.streams import open_closed

Front = Callable[[Paths], int | None]
"""Opens the app and answers its exit code; None if there is no terminal for it."""

ENTRIES = {
    "session": LazyVerb("agor_tui.cli.session.group:session", "Create, prompt, watch, fork and spawn sessions."),
    "land": LazyVerb("agor_tui.cli.landing:land", "Bring a session's work into a branch."),
    "race": LazyVerb("agor_tui.cli.race:race", "Give one prompt to several agents, each in a session of its own."),
    "pr": LazyVerb("agor_tui.cli.pull_requests:pr", "Offer a session's branch as a pull request."),
    "task": LazyVerb("agor_tui.cli.tasks:task", "The tasks of a session and what they changed."),
    "compare": LazyVerb("agor_tui.cli.compare:compare", "Compare sessions: figures, checks, conflicts, and files."),
    "graft": LazyVerb("agor_tui.cli.graft:graft", "Bring what FROM changed in files into another session."),
    "queue": LazyVerb("agor_tui.cli.queue:queue", "The prompts of a session that wait."),
    "approval": LazyVerb("agor_tui.cli.approvals:approval", "Permissions that agents ask for."),
    "review": LazyVerb("agor_tui.cli.reviews:review", "Comments on the lines of a session's work."),
    "board": LazyVerb("agor_tui.cli.boards:board", "Named collections of sessions."),
    "repo": LazyVerb("agor_tui.cli.repos:repo", "The git repositories that Agor knows."),
    "worktree": LazyVerb("agor_tui.cli.worktrees:worktree", "The working trees that sessions have."),
    "trash": LazyVerb("agor_tui.cli.trash:trash", "Sessions that were removed, for 14 days."),
    "checkpoint": LazyVerb(
        "agor_tui.cli.checkpoints:checkpoint", "The checkpoints of tasks, and the room that they take."
    ),
    "agent": LazyVerb("agor_tui.cli.agents:agent", "The known agents, and how to install them."),
    "config": LazyVerb("agor_tui.cli.config:config", "Read and change the settings."),
    "daemon": LazyVerb("agor_tui.cli.daemon:daemon", "Start, stop and inspect the daemon."),
    "db": LazyVerb("agor_tui.cli.db:db", "The database: migrate, check, back up, restore."),
    "doctor": LazyVerb("agor_tui.cli.doctor:doctor", "Check the home, the database and this machine."),
    "status": LazyVerb("agor_tui.cli.status:status", "Print an overview; with --disk the room that Agor takes."),
    "search": LazyVerb("agor_tui.cli.search:search", "Find words in titles, prompts, messages and tool calls."),
    "feed": LazyVerb("agor_tui.cli.feed:feed", "Print every change as it happens."),
}


def run(arguments: Sequence[str], front: Front) -> int:
    """Run one command line (without the program's name) and answer its exit code.

    ``front`` is called if no verb is given, and neither ``--no-tui`` nor ``--json``.
    """
    open_closed()
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return boundary(lambda: _main(arguments, front), as_json="--json" in options)


def told(error: AgorError) -> int:
    """Tell an error that ended the app before it began, and answer its exit code."""

    def fail() -> int:
        raise error

    return boundary(fail, as_json=False)


def command(front: Front) -> Verbs:
    """The root command."""

    @click.pass_context
    def bare(ctx: click.Context) -> int | None:
        if ctx.invoked_subcommand is not None:
            return None
        invocation = ctx.ensure_object(Invocation)
        code = None if invocation.no_tui or invocation.json else front(invocation.paths)
        if code is not None:
            return code
        from agor_tui.cli.overview import overview

        return overview(invocation)

    root = Verbs(
        "agor",
        entries=ENTRIES,
        callback=bare,
        invoke_without_command=True,
        help="Run coding agents side by side, and keep what they did.\n\n"
        "Without a verb the app opens; with --no-tui, or where there is no terminal, an overview is printed. "
        "The options below may stand before or after the verb.",
        epilog="Exit codes: 0 ok, 1 failed, 2 usage, 3 not found or ambiguous, 4 no daemon or wrong version, "
        "5 refused because work would be lost.",
    )
    click.version_option(__version__, message="agor %(version)s")(root)
    return root


def _main(arguments: Sequence[str], front: Front) -> int:
    stdout = sys.stdout
    try:
        result = command(front).main(list(arguments), prog_name="agor", standalone_mode=False)
    except SystemExit:
        if sys.stdout is stdout:
            raise
        sys.stdout = stdout  # click replaced it because of a broken pipe, which `boundary` handles
        raise BrokenPipeError from None
    return result if isinstance(result, int) else 0
