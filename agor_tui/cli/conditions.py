"""Conditions of a list as a person writes them: JSON, or as in a query string; Feathers' operators in both."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from agor_core.errors import InvalidInput

PLACE = "--where"
SORT = "$sort"


def parameters(text: str) -> dict[str, Any]:
    """The query parameters of conditions that are met besides all others; ``$sort`` is the list's own.

    Raises InvalidInput for text that is neither, and for a parameter that has an option of its own.
    """
    if text.lstrip().startswith("{"):
        try:
            pairs = list(_flat(json.loads(text)))
        except (ValueError, RecursionError) as error:
            raise InvalidInput(f"{PLACE}: is no valid JSON: {error}.", place=PLACE) from None
    else:
        pairs = parse_qsl(text, keep_blank_values=True)
        if not pairs or any("=" not in part for part in text.split("&")):
            raise InvalidInput(f"{PLACE}: must be as in status=failed&task_count[$gt]=3, or JSON.", place=PLACE)
    found: dict[str, Any] = {}
    for key, value in pairs:
        name, bracket, rest = key.partition("[")
        if name.startswith("$") and name not in (SORT, "$or", "$and"):
            raise InvalidInput(f"{PLACE}: {name} has an option of its own.", place=PLACE)
        found.setdefault(key if name == SORT else f"$and[0][{name}]{bracket}{rest}", []).append(value)
    return {key: values[0] if len(values) == 1 else values for key, values in found.items()}


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """JSON as the pairs of a query string."""
    match value:
        case Mapping():
            for name, inner in value.items():
                yield from _flat(inner, f"{key}[{name}]" if key else str(name))
        case list():
            for index, inner in enumerate(value):
                yield from _flat(inner, f"{key}[{index}]")
        case str():
            yield key, value
        case _:
            yield key, json.dumps(value)
