"""Arguments that begin with a dash and are text: a prompt such as ``- fix the first point``."""

from collections.abc import Sequence

import click


def with_texts_last(command: click.Command, ctx: click.Context, arguments: Sequence[str]) -> list[str]:
    """The arguments, in which text that begins with a dash comes last, after ``--``.

    It is text if it has a blank in it and does not begin with an option of the command; an option's value stays
    where it is. Arguments after ``--``, and those of a command that takes no text, are left as they are.
    """
    if not takes_text(command):
        return list(arguments)
    takes_value = _options(command, ctx)
    kept: list[str] = []
    texts: list[str] = []
    rest: list[str] = []
    value_follows = False
    for at, argument in enumerate(arguments):
        if argument == "--" and not value_follows:
            rest = list(arguments[at + 1 :])
            break
        if not value_follows and _is_text(argument, takes_value):
            texts.append(argument)
            continue
        kept.append(argument)
        value_follows = not value_follows and takes_value.get(argument, False)
    return [*kept, "--", *texts, *rest] if texts or rest else list(arguments)


def takes_text(command: click.Command) -> bool:
    """Whether one of the command's arguments is a text of any form."""
    return any(isinstance(it, click.Argument) and it.type is click.STRING for it in command.params)


def _options(command: click.Command, ctx: click.Context) -> dict[str, bool]:
    """The names of all options, and whether a value follows."""
    return {
        name: not option.is_flag and not option.count
        for option in command.get_params(ctx)
        if isinstance(option, click.Option)
        for name in (*option.opts, *option.secondary_opts)
    }


def _is_text(argument: str, options: dict[str, bool]) -> bool:
    if not argument.startswith("-") or not any(letter.isspace() for letter in argument):
        return False
    return argument.partition("=")[0] not in options and argument[:2] not in options
