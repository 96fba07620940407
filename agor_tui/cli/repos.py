"""``agor repo …``."""

from typing import Any

import click

from agor_core.domain.repo import Repo
from agor_tui.cli.folders import absolute
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import LazyVerb, group, limit_option, pass_invocation, verb
from agor_tui.cli.records import found, typed
from agor_tui.cli.tables import TableColumn
from agor_tui.state.clean import line
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment

REPOS = (
    TableColumn("SLUG"),
    TableColumn("ID", drop=2),
    TableColumn("NAME"),
    TableColumn("FOLDER", gives=True),
    TableColumn("BRANCH", drop=1),
)
repo = group(
    "repo",
    "The git repositories that Agor knows.",
    {
        "add": LazyVerb("agor_tui.cli.repos:add", "Add a repository."),
        "list": LazyVerb("agor_tui.cli.repos:list_repos", "List the repos."),
        "show": LazyVerb("agor_tui.cli.repo_settings:show", "Print a repo and its settings."),
        "remove": LazyVerb(
            "agor_tui.cli.removal:remove_repo",
            "Forget a repo that no session refers to.",
        ),
        "confirm": LazyVerb(
            "agor_tui.cli.repo_settings:confirm", "Look at the filters of a repository, and let them run."
        ),
        "move": LazyVerb("agor_tui.cli.repo_settings:move", "Say where a repository was moved to."),
        "set": LazyVerb("agor_tui.cli.repo_settings:set_setting", "Change how sessions work in a repo."),
    },
)


@verb("add")
@click.argument("path", metavar="PATH")
@click.option("--name", help="The name; else that of the folder.")
@click.option("--slug", help="The slug, a short name for commands; else made from the name.")
@pass_invocation
def add(invocation: Invocation, path: str, name: str | None, slug: str | None) -> None:
    """Add a repository; PATH is any folder inside it."""
    body: dict[str, Any] = {"local_path": absolute(path, "PATH"), "name": name, "slug": slug}
    record = invocation.daemon.create("repos", {field: value for field, value in body.items() if value is not None})
    if invocation.json:
        invocation.out.record(record)
    elif invocation.quiet:
        invocation.out.text(str(record["repo_id"]))
    else:
        _print_repos(invocation, [typed(Repo, record)])


@verb("list")
@limit_option
@pass_invocation
def list_repos(invocation: Invocation, limit: int) -> None:
    """List the repos."""
    records = found(invocation.daemon, "repos", {"$sort[slug]": 1}, limit)
    if invocation.json:
        invocation.out.record(records)
    elif records:
        _print_repos(invocation, [typed(Repo, record) for record in records])
    else:
        invocation.nothing("No repos; a session in one makes it known, or: agor repo add PATH", limit)


def _print_repos(invocation: Invocation, repos: list[Repo]) -> None:
    rows = [
        [
            Segment(line(repo.slug), Tone.STRONG),
            Segment(repo.short_id, Tone.MUTED),
            Segment(line(repo.name)),
            Segment(line(repo.local_path)),
            Segment(line(repo.default_branch), Tone.MUTED),
        ]
        for repo in repos
    ]
    invocation.out.table(REPOS, rows)
