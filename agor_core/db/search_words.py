"""The words of a text for the full-text index and for queries, the same for every database."""

import re
import unicodedata

LONGEST_TEXT = 200_000
"""The most characters of a text that are indexed."""
LONGEST_WORD = 64
"""Characters; a longer run is data, not a word, and is not indexed."""

# A letter of scripts that write no spaces is a word; elsewhere a run of letters and digits is.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_FOREIGN = re.compile(r"[^a-z0-9]")


def words(text: str) -> list[str]:
    """The different words of a text, each once, in order: folded to lower case, without accents, in ASCII.

    Other characters stand as their code points between underscores, which no word holds otherwise.
    """
    text = text[:LONGEST_TEXT]
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        bare = "".join(character for character in decomposed if not unicodedata.combining(character))
        text = unicodedata.normalize("NFC", bare).casefold()
    found = dict.fromkeys(_WORD.findall(text.lower()))
    return [_ascii(word) for word in found if len(word) <= LONGEST_WORD]


def _ascii(word: str) -> str:
    return word if word.isascii() else _FOREIGN.sub(lambda match: f"_{ord(match[0]):x}_", word)
