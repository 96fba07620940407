"""A branch name for a session, from its title."""

import re
from collections.abc import Collection

from agor_core.domain.slugs import ascii_words

LONGEST = 40
FALLBACK = "session"

_RESERVED = frozenset({"head"})
_LIKE_AN_OBJECT = re.compile(r"[0-9a-f]{7,}")


def branch_name(title: str, taken: Collection[str], *, fallback: str = FALLBACK, prefix: str = "") -> str:
    """A free name of at most 40 characters of ``a-z 0-9 -``: ``rate-limit-the-login``, then ``rate-limit-the-login-2``.

    Free means: with ``prefix`` before it, it differs from all ``taken`` names by more than case, and is no folder of
    one of them (``a`` cannot stand beside ``a/b``). A title without a readable name in ASCII gives ``fallback``.
    """
    folded = {name.lower() for name in taken} | _RESERVED
    folded |= {name[:end] for name in folded for end, character in enumerate(name) if character == "/"}
    stem = _slug(title) or fallback
    name, number = stem, 1
    while f"{prefix}{name}".lower() in folded or (prefix and name in _RESERVED):
        number += 1
        suffix = f"-{number}"
        name = stem[: LONGEST - len(suffix)].rstrip("-") + suffix
    return name


def _slug(title: str) -> str:
    slug = ascii_words(title)
    if len(slug) > LONGEST:
        whole_words = slug[: LONGEST + 1].rpartition("-")[0]
        slug = (whole_words if len(whole_words) >= LONGEST // 2 else slug[:LONGEST]).strip("-")
    return f"{FALLBACK}-{slug}"[:LONGEST] if _LIKE_AN_OBJECT.fullmatch(slug) else slug
