"""Texts that people give: a prompt, a name."""

from agor_core.errors import InvalidInput


def check_said(text: str, place: str) -> None:
    """Raises InvalidInput for a text that says nothing."""
    if not text.strip():
        raise InvalidInput(f"The {place} is empty.", place=place)
