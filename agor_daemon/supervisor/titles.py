"""A session's title, made from its first prompt."""

import re
import unicodedata

LONGEST = 60
_TOLD = re.compile(r"(plan|step|say|think|ask):\s*", re.ASCII)
"""Lines of the demo agent's script that are words for a person; they give a title where no plain line does."""
_DONE = re.compile(
    r"(write|append|delete|read|run|spawn|recall|sleep|flood|stderr|garbage|fail|exit|hang):", re.ASCII | re.IGNORECASE
)
"""Lines of the script that give none."""
_DECORATION = re.compile(r"^[\s#>*\-–—=`~|]+|[\s*`~|]+$")


def title_of(prompt: str) -> str | None:
    """The first line with a letter or digit, without markup, in at most 60 characters; None if there is none.

    Lines of the demo agent's script are left out; what they tell a person counts where there is no other line.
    """
    told = None
    for line in prompt.splitlines():
        words = _plain(line)
        if _DONE.match(words) or not any(character.isalnum() for character in words):
            continue
        if (verb := _TOLD.match(words)) is None:
            return shortened(words, LONGEST)
        told = told or shortened(words[verb.end() :], LONGEST)
    return told or None


def shortened(text: str, longest: int) -> str:
    """The text; a longer one is cut after a word and ends in an ellipsis."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    at_word = cut.rpartition(" ")[0]
    return f"{at_word if len(at_word) > longest // 2 else cut}…"


def _plain(line: str) -> str:
    shown = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co") else c for c in line)
    return " ".join(_DECORATION.sub("", shown).split())
