"""Parsing of the command line: verbs that are imported when called, global options at any place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar

import click

from agor_core.errors import InvalidInput, NotFound
from agor_tui.cli.dashed_texts import takes_text, with_texts_last
from agor_tui.cli.invocation import Invocation

F = TypeVar("F", bound=Callable[..., Any])
Lazy = Mapping[str, "LazyVerb"]
_OTHERS_OPTIONS = {"ignore_unknown_options": True}
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@dataclass(frozen=True, slots=True)
class LazyVerb:
    """A verb of a group: its command as ``module:name``, and its line of help, so that help imports no command."""

    target: str
    help: str

    def load(self) -> click.Command:
        """Import the command."""
        module, _, name = self.target.partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


class VerbContext(click.Context):
    """The context of a verb; a group's default verb is called by the group's name alone."""

    @property
    def command_path(self) -> str:
        path = super().command_path
        return path.removesuffix(f" {self.info_name}") if path.endswith(f" {self.info_name} {self.info_name}") else path


class Verb(click.Command):
    """A command that also takes the global options, except those whose names it uses itself."""

    context_class = VerbContext

    def __init__(self, *arguments: Any, **options: Any) -> None:
        options.setdefault("context_settings", SETTINGS)
        super().__init__(*arguments, **options)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        own = super().get_params(ctx)
        taken = {name for parameter in own for name in parameter.opts}
        return [*own, *(option for option in global_options(hidden=True) if taken.isdisjoint(option.opts))]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, with_texts_last(self, ctx, args))
        except click.NoSuchOption as error:
            if not takes_text(self):
                raise
            message = f"{error.message} Text that begins with a dash stands after --."
            raise click.NoSuchOption(error.option_name, message, error.possibilities, error.ctx) from None


class Verbs(click.Group):
    """A group of verbs, which are imported when called; the ``default`` takes what names none of them."""

    def __init__(self, *arguments: Any, entries: Lazy, default: LazyVerb | None = None, **options: Any) -> None:
        options.setdefault("context_settings", SETTINGS if default is None else {**SETTINGS, **_OTHERS_OPTIONS})
        options.setdefault("subcommand_metavar", "VERB …")
        super().__init__(*arguments, **options)
        self.entries = entries
        self.default = default

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        return [*super().get_params(ctx), *global_options(hidden=ctx.parent is not None)]

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        entry = self.entries.get(cmd_name)
        return None if entry is None else entry.load()

    def default_command(self) -> click.Command | None:
        """The verb that takes what names none."""
        return None if self.default is None else self.default.load()

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.entries and self.default is not None:
            return self.name, self.default.load(), args
        if args[0] not in self.entries and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise click.exceptions.NoSuchCommand(args[0], possibilities=list(self.entries), ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(name, entry.help) for name, entry in self.entries.items()])
        if (default := self.default_command()) is not None:
            with formatter.section(f"Without a verb: {' '.join(default.collect_usage_pieces(ctx))}"):
                records = [option.get_help_record(ctx) for option in default.params]
                formatter.write_dl([record for record in records if record is not None])


def together(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    """Combine arguments and options of several verbs into one decorator, in the order of the help."""

    def add(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return add


class Id(click.ParamType[str]):
    """An id in any form, or a slug: neither empty nor with a slash, as it is a part of a path."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002
        kind = str(param.metavar).strip("[]").lower() if param is not None else "record"
        text = str(value)
        if not text.strip():
            raise InvalidInput(f"The {kind}'s id is empty.", place=kind)
        if "/" in text:
            raise NotFound(kind, text)
        return text


def verb(name: str) -> Callable[[Callable[..., Any]], Verb]:
    """Decorator: make a function the command of this name; its docstring is the help."""
    return click.command(name, cls=Verb)


def group(name: str, help: str, entries: Lazy, default: LazyVerb | None = None) -> Verbs:  # noqa: A002 - click's word
    """Make a group of verbs that does nothing by itself, but for what a ``default`` verb takes."""
    return Verbs(name, help=help, entries=entries, default=default, no_args_is_help=True)


ID = Id()
pass_invocation = click.make_pass_decorator(Invocation, ensure=True)
limit_option = click.option(
    "-n", "--limit", type=click.IntRange(0), default=100, show_default=True, help="The maximum number of records."
)
"""The option of every verb that lists records."""


def global_options(*, hidden: bool) -> list[click.Option]:
    """The options of every verb; only the help of ``agor`` shows them."""

    def option(*names: str, help: str, **more: Any) -> click.Option:  # noqa: A002
        return click.Option(
            names, help=help, hidden=hidden, expose_value=False, callback=_remember, default=None, **more
        )

    return [
        option("--json", is_flag=True, help="Print the record as JSON and nothing else."),
        option("--no-tui", is_flag=True, help="Never open the full-screen app."),
        option("--home", metavar="FOLDER", help="Agor's home; else $AGOR_HOME, else ~/.agor."),
        option("-q", "--quiet", is_flag=True, help="Print no notices, and of a new record only the id."),
        option(
            "--color/--no-color",
            help="With or without colour; by default with colour on a terminal, unless $NO_COLOR is set.",
        ),
    ]


def _remember(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    if value is not None and param.name is not None:
        setattr(ctx.ensure_object(Invocation), param.name, value)
