"""A session's title, made from its first prompt."""

import re
import unicodedata

LONGEST = 60
_DEMO_VERB = re.compile(
    r"(plan|step|say|think|write|append|delete|read|run|ask|spawn|recall|sleep|flood|stderr):\s*", re.ASCII
)
_DECORATION = re.compile(r"^[\s#>*\-–—=`~|]+|[\s*`~|]+$")


def title_of(prompt: str) -> str | None:
    """The first line with a letter or digit, without markup, in at most 60 characters; None if there is none."""
    for line in prompt.splitlines():
        words = _plain(line)
        if any(character.isalnum() for character in words):
            return shortened(words, LONGEST)
    return None


def shortened(text: str, longest: int) -> str:
    """The text; a longer one is cut after a word and ends in an ellipsis."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    at_word = cut.rpartition(" ")[0]
    return f"{at_word if len(at_word) > longest // 2 else cut}…"


def _plain(line: str) -> str:
    shown = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co") else c for c in line)
    words = " ".join(_DECORATION.sub("", shown).split())
    return _DEMO_VERB.sub("", words, count=1) if _DEMO_VERB.match(words) else words
