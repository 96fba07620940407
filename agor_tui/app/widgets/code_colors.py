"""The colours of code by its language, from Pygments, which is loaded with the first coloured code. Bounded in size."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from agor_tui.app.widgets.lines import Line

if TYPE_CHECKING:
    from pygments.lexer import Lexer

LONGEST = 20_000
"""Characters of code that are coloured; what is longer is shown in one ink."""
_NAME = re.compile(r"[\w+#.-]{1,40}")

INKS = (
    ("Token.Comment", "code-comment"),
    ("Token.Literal.String.Doc", "code-comment"),
    ("Token.Keyword", "code-keyword"),
    ("Token.Operator.Word", "code-keyword"),
    ("Token.Name.Tag", "code-keyword"),
    ("Token.Literal.String", "code-string"),
    ("Token.Literal.Number", "code"),
    ("Token.Name.Function", "code-name"),
    ("Token.Name.Class", "code-name"),
    ("Token.Name.Builtin", "code"),
    ("Token.Name.Decorator", "code"),
    ("Token.Generic.Inserted", "add"),
    ("Token.Generic.Deleted", "del"),
    ("Token.Generic.Heading", "strong"),
    ("Token.Generic.Subheading", "accent"),
)
"""The ink of each kind of token, the more special first; all others are plain text."""


@lru_cache(maxsize=256)
def colored(code: str, language: str) -> tuple[Line, ...] | None:
    """The lines of code with the inks of their tokens; None if the language is unknown or the code too long.

    ``language`` is a name that Pygments knows, or a file's path.
    """
    if len(code) > LONGEST or not language:
        return None
    lexer = _lexer(language)
    return tuple(_lines(lexer.get_tokens(code), code)) if lexer is not None else None


def _lines(tokens: Iterator[tuple[Any, str]], code: str) -> Iterator[Line]:
    line: Line = []
    count = 0
    for kind, value in tokens:
        ink = _ink(str(kind))
        first, *others = value.split("\n")
        if line and line[-1][1] == ink:
            line[-1] = (line[-1][0] + first, ink)
        elif first:
            line.append((first, ink))
        for other in others:
            yield line
            count += 1
            line = [(other, ink)] if other else []
    if line or count < code.count("\n") + 1:
        yield line


@lru_cache(maxsize=512)
def _ink(kind: str) -> str:
    return next((ink for name, ink in INKS if kind.startswith(name)), "text")


@lru_cache(maxsize=64)
def _lexer(language: str) -> "Lexer | None":
    from pygments.lexers import find_lexer_class_by_name, find_lexer_class_for_filename
    from pygments.util import ClassNotFound

    try:
        if _NAME.fullmatch(language) and "." not in language:
            found = find_lexer_class_by_name(language)
        else:
            found = find_lexer_class_for_filename(language.rpartition("/")[2])
    except ClassNotFound:
        return None
    return None if found is None else found(stripnl=False, ensurenl=False)
