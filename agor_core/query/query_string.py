"""Parses query strings in the bracket syntax of the ``qs`` package, from pairs to objects.

``a[b]=1`` is ``{"a": {"b": "1"}}``; ``a[]=1&a[]=2``, ``a[0]=1&a[1]=2`` and ``a=1&a=2`` are ``{"a": ["1", "2"]}``.
A dot is part of a name. Values stay text. See https://github.com/ljharb/qs.
"""

import re
from collections.abc import Iterable
from typing import Any

from agor_core.domain.texts import label, shown
from agor_core.errors import InvalidInput

MAX_PAIRS = 2000
MAX_BRACKETS = 32
_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_BRACKET = re.compile(r"\[([^\[\]]*)\]")
_INDEX = re.compile(r"[0-9]{1,9}")


def parse_pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Parse the decoded pairs of a query string to an object; a repeated key becomes a list.

    Raises InvalidInput, whose ``place`` is the key at fault.
    """
    root = _Object()
    for count, (key, value) in enumerate(pairs):
        if count >= MAX_PAIRS:
            raise InvalidInput(f"A query string has at most {MAX_PAIRS} parts.")
        steps = _steps(key)
        container = root
        for step in steps[:-1]:
            container = container.child(step, key)
        container.put(steps[-1], value, key)
    return {str(name): _plain(item) for name, item in root.items.items()}


class _Object:
    """An object or a list that is being built: a list if its first key is an index or empty."""

    def __init__(self) -> None:
        self.items: dict[str | int, Any] = {}
        self._next = 0

    def child(self, step: str | int | None, key: str) -> "_Object":
        """The object at ``step``, created if it is missing."""
        child = self.items.setdefault(self._place(step, key), _Object())
        if not isinstance(child, _Object):
            raise _clash(key)
        return child

    def put(self, step: str | int | None, value: str, key: str) -> None:
        """Store a value; a second value for the same step makes it a list."""
        place = self._place(step, key)
        present = self.items.get(place)
        match present:
            case None:
                self.items[place] = value
            case _Object() if not present.is_list:
                raise _clash(key)
            case _Object():
                present.put(None, value, key)
            case _:
                repeated = self.items[place] = _Object()
                repeated.put(None, present, key)
                repeated.put(None, value, key)

    @property
    def is_list(self) -> bool:
        """Whether its keys are indexes."""
        return isinstance(next(iter(self.items), None), int)

    def _place(self, step: str | int | None, key: str) -> str | int:
        place = self._next if step is None else step
        if self.items and isinstance(place, int) is not self.is_list:
            raise _clash(key)
        if isinstance(place, int):
            self._next = max(self._next, place + 1)
        return place


def _plain(item: Any) -> Any:
    if not isinstance(item, _Object):
        return item
    if item.is_list:
        return [_plain(item.items[at]) for at in sorted(item.items)]
    return {name: _plain(inner) for name, inner in item.items.items()}


def _steps(key: str) -> list[str | int | None]:
    """The parts of a key: names, indexes, and None for ``[]``."""
    match = _KEY.fullmatch(key)
    if match is None:
        raise InvalidInput(
            f"{shown(key)} is not a key of a query string, such as status or status[$in][].", place=label(key)
        )
    inner = _BRACKET.findall(match[2])
    if len(inner) > MAX_BRACKETS:
        raise InvalidInput(f"{shown(key)} is nested too deeply.", place=label(match[1]))
    return [match[1], *(int(step) if _INDEX.fullmatch(step) else step or None for step in inner)]


def _clash(key: str) -> InvalidInput:
    return InvalidInput(f"{shown(key)} contradicts an earlier part of the query string.", place=label(key))
