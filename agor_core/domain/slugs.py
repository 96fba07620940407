"""Slugs: names for URLs and command lines."""

import re
import unicodedata
from collections.abc import Callable

from msgspec import UnsetType

from agor_core.domain.texts import check_not_empty, shown
from agor_core.errors import InvalidInput

LONGEST = 60
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]*")
_WITHOUT_MARKS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "þ": "th"}
)
"""Letters whose marks are no combining characters."""


def ascii_words(text: str) -> str:
    """Lower case letters and digits of ASCII with single hyphens; empty where they do not say what the text says.

    Letters lose their marks (é is e, ß is ss). Other scripts are left out; where more than half of the letters and
    digits are of such, so that the rest would be a scrap, there is nothing.
    """
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_WITHOUT_MARKS))
    said = [character for character in folded if character.isalnum()]
    kept = sum(character.isascii() for character in said)
    if 2 * kept < len(said):
        return ""
    return re.sub(r"[^a-z0-9]+", "-", "".join(c for c in folded if not unicodedata.combining(c))).strip("-")


def slug_of(name: str, fallback: str) -> str:
    """Lower case letters and digits with single hyphens; ``fallback`` where they would not say what the name says."""
    return ascii_words(name)[:LONGEST].strip("-") or fallback


def free_slug(wanted: str, taken: Callable[[str], bool]) -> str:
    """``wanted``, with the lowest number appended that makes it free if it is taken."""
    if not taken(wanted):
        return wanted
    number = 2
    while taken(f"{wanted}-{number}"):
        number += 1
    return f"{wanted}-{number}"


def check_names(name: str | UnsetType | None, slug: str | UnsetType | None, *, held: str | None = None) -> None:
    """Raises InvalidInput for an empty name, and for a given slug that is not valid.

    ``held`` is the present slug, which is not checked.
    """
    if isinstance(name, str):
        check_not_empty(name, "name")
    if isinstance(slug, str) and slug != held:
        _check_slug(slug)


def _check_slug(slug: str) -> None:
    if len(slug) > LONGEST or _SLUG.fullmatch(slug) is None:
        raise InvalidInput(
            f"slug: must be lower case letters, digits, '.', '_' and '-', at most {LONGEST}, not {shown(slug)}.",
            place="slug",
        )
