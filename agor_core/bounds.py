"""The numbers and texts that every store can hold: 64 bits, and valid Unicode without NUL."""

from agor_core.errors import InvalidInput

_BEYOND = 2**63


def fits(number: int) -> bool:
    """Whether a whole number fits into 64 bits, signed."""
    return -_BEYOND <= number < _BEYOND


def check_text(text: str, place: str = "") -> str:
    """Return the text. Raises InvalidInput for NUL, and for lone surrogates, which have no UTF-8 form."""
    must = f"{place}: must" if place else "Text must"
    if "\x00" in text:
        raise InvalidInput(f"{must} not contain NUL characters.", place=place or None)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidInput(f"{must} be valid Unicode; it holds a lone surrogate.", place=place or None) from None
    return text
