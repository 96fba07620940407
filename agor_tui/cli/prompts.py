"""The text of a prompt as the command line takes it: an argument, or ``-`` for what is piped in."""

import sys

from agor_core.domain.texts import check_said
from agor_core.errors import InvalidInput


def prompt_text(given: str) -> str:
    """The prompt's text; of ``-`` what comes on stdin. Raises InvalidInput for nothing."""
    try:
        text = sys.stdin.read() if given == "-" else given
    except UnicodeDecodeError:
        raise InvalidInput("What is piped in is not UTF-8 text.", place="prompt") from None
    check_said(text, "prompt")
    return text
