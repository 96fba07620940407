"""The script in a prompt: one ``verb: argument`` a line."""

import re
from typing import NamedTuple

VERBS = frozenset({
    "plan", "step", "say", "think", "write", "append", "delete", "read", "run", "ask", "spawn", "recall",
    "sleep", "flood", "stderr", "garbage", "fail", "exit", "hang",
})  # fmt: skip

_LINE = re.compile(r"\s*([A-Za-z]+):(.*)", re.DOTALL)


class Line(NamedTuple):
    """One line of a script; ``verb`` is None for plain text."""

    verb: str | None
    argument: str


def parse(prompt: str) -> list[Line]:
    """The prompt's lines that are not blank."""
    return [_line(text) for text in prompt.replace("\r\n", "\n").split("\n") if text.strip()]


def with_breaks(argument: str) -> str:
    r"""The argument with each ``\n`` made a line break."""
    return argument.replace("\\n", "\n")


def path_and_text(argument: str) -> tuple[str, str]:
    """The path, quoted or up to the first blank, and what follows it."""
    if argument.startswith('"') and (end := argument.find('"', 1)) > 0:
        return argument[1:end], argument[end + 1 :].removeprefix(" ")
    path, _, text = argument.partition(" ")
    return path, text


def _line(text: str) -> Line:
    found = _LINE.fullmatch(text)
    if found is not None and (verb := found[1].lower()) in VERBS:
        return Line(verb, found[2].strip())
    return Line(None, text.strip())
