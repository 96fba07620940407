"""Every verb with its arguments and options as Markdown: ``python -m agor_tui.cli.reference``."""

import sys
from collections.abc import Iterator

import click

from agor_tui.cli.parsing import Verbs
from agor_tui.cli.root import command


def reference() -> str:
    """The whole reference, generated from the commands."""
    root = command(lambda _: None)
    with click.Context(root, info_name="agor") as ctx:
        return "\n".join(_pages(root, ctx)).rstrip() + "\n"


def _pages(page: click.Command, ctx: click.Context, *, head: bool = True) -> Iterator[str]:
    depth = "#" * min(3, len(ctx.command_path.split()))
    if head:
        yield f"{depth} {ctx.command_path}\n"
    yield f"{_text(page)}\n"
    if not isinstance(page, Verbs) or ctx.parent is None:
        usage = " ".join([ctx.command_path, *page.collect_usage_pieces(ctx)])
        yield f"```\n{usage}\n```\n"
        yield from _options(page, ctx)
    if isinstance(page, Verbs):
        if (default := page.default_command()) is not None:
            yield from _pages(default, ctx, head=False)
        for name in page.list_commands(ctx):
            below = page.get_command(ctx, name)
            if below is not None:
                with click.Context(below, info_name=name, parent=ctx) as inner:
                    yield from _pages(below, inner)


def _options(page: click.Command, ctx: click.Context) -> Iterator[str]:
    records = [record for option in page.get_params(ctx) if (record := option.get_help_record(ctx)) is not None]
    shown = [(names, help_text) for names, help_text in records if "--help" not in names]
    if shown:
        yield "| option | |\n|---|---|"
        for names, help_text in shown:
            yield f"| `{names.replace('|', '/')}` | {help_text.replace('|', '/')} |"
        yield ""


def _text(page: click.Command) -> str:
    parts = [" ".join(part.split()) for part in (page.help or "").split("\n\n")]
    if page.epilog:
        parts.append(page.epilog)
    return "\n\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(reference())
