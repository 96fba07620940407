"""The text of a prompt: an argument, or ``-`` for stdin."""

import sys

from agor_core.domain.texts import check_not_empty
from agor_core.errors import InvalidInput


def prompt_text(given: str, place: str = "prompt") -> str:
    """A prompt's text, for ``-`` from stdin, or that of another ``place``. Raises InvalidInput for an empty one."""
    try:
        text = sys.stdin.read() if given == "-" else given
    except UnicodeDecodeError:
        raise InvalidInput("The piped text is not UTF-8.", place=place) from None
    check_not_empty(text, place)
    return text
