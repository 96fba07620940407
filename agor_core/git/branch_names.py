"""A branch name for a session, from its title."""

import re
import unicodedata
from collections.abc import Collection

LONGEST = 40
FALLBACK = "session"

_RESERVED = frozenset({"head"})
_LIKE_AN_OBJECT = re.compile(r"[0-9a-f]{7,}")


def branch_name(title: str, taken: Collection[str]) -> str:
    """A free name of at most 40 characters of ``a-z 0-9 -``: ``rate-limit-the-login``, then ``rate-limit-the-login-2``.

    Free means: it differs from all ``taken`` names by more than case, and is no folder of one of them
    (``a`` cannot stand beside ``a/b``). A title with nothing to keep gives ``session``.
    """
    folded = {name.lower() for name in taken} | _RESERVED
    folded |= {name[:end] for name in folded for end, character in enumerate(name) if character == "/"}
    stem = _slug(title)
    name, number = stem, 1
    while name in folded:
        number += 1
        suffix = f"-{number}"
        name = stem[: LONGEST - len(suffix)].rstrip("-") + suffix
    return name


def _slug(title: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")
    if len(slug) > LONGEST:
        whole_words = slug[: LONGEST + 1].rpartition("-")[0]
        slug = (whole_words if len(whole_words) >= LONGEST // 2 else slug[:LONGEST]).strip("-")
    if not slug:
        return FALLBACK
    return f"{FALLBACK}-{slug}"[:LONGEST] if _LIKE_AN_OBJECT.fullmatch(slug) else slug
