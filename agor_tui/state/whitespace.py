"""White space that is changed, made visible: lines that differ in nothing else must not look alike. Pure."""

import re
from collections.abc import Iterable, Sequence

from agor_tui.state import clean

TAB = "→"
BLANK = "·"
END = "␍"
_RUNS = re.compile(r"^ +| {2,}| +(?=␍?$)")


def shown(line: str) -> str:
    """A line with every character visible but its blanks; a carriage return is a character of the line."""
    return clean.exact(line.replace("\r", END)).replace("\n", "\u2424")


def marked(line: str) -> str:
    """A line with its tabs, runs of blanks and blanks at its ends visible as well."""
    parts = []
    column = 0
    for part in line.split("\t"):
        text = _RUNS.sub(lambda match: BLANK * len(match.group()), shown(part))
        parts.append(text)
        column += clean.width(text)
        fill = clean.TAB - column % clean.TAB
        parts.append(TAB + " " * (fill - 1))
        column += fill
    return "".join(parts[:-1])


def without(line: str) -> str:
    """A line without white space and line ends, to compare by."""
    return "".join(line.replace(END, "").split())


def differing(removed: Sequence[str], added: Sequence[str]) -> Iterable[frozenset[str]]:
    """Two sets, of removed and of added lines: those that differ from one of the others by white space alone."""
    before, after = ({without(line) for line in lines} for lines in (removed, added))
    same = before & after
    common = set(removed) & set(added)
    for lines in (removed, added):
        yield frozenset(line for line in lines if line not in common and without(line) in same)
