"""Totals of lists, counted once and then kept: what has changed since is added and taken away.

The feed's position says what has changed. Of the last changes it is remembered what their rows held before and after,
as far as a query can ask for it; where that does not reach back far enough, it is counted anew.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from agor_core.bounded_map import BoundedMap
from agor_core.query.matching import matches
from agor_core.query.tree import Node

MOST = 1_000
"""Totals that are remembered; one that was evicted is counted anew."""
REMEMBERED = 256
"""Changes that are remembered; to go through more of them would cost as much as to count."""

Held = Mapping[str, Any]
"""What a row holds in the columns that can be asked about, by their paths in the record."""


class Move(NamedTuple):
    """A row before and after a change; None where there was none."""

    before: Held | None
    after: Held | None


class Moved(Protocol):
    """A change, as far as it matters here; ``move`` is None where nobody knows."""

    @property
    def service(self) -> str: ...
    @property
    def move(self) -> Move | None: ...


class Totals:
    """For one store. One thread at a time follows; readers in several share the rest.

    No step of it needs more than one operation of a dictionary to be whole.
    """

    def __init__(self) -> None:
        self._known: BoundedMap[tuple[str, Node], tuple[int, int]] = BoundedMap(MOST)
        self._changes: BoundedMap[int, tuple[str, Move | None]] = BoundedMap(REMEMBERED)

    def follow(self, first: int, changes: Sequence[Moved]) -> None:
        """Take note of changes that were committed, whose positions in the feed begin with ``first``."""
        for position, change in enumerate(changes[-REMEMBERED:], first + max(0, len(changes) - REMEMBERED)):
            self._changes.put(position, (change.service, change.move))  # not the record, which may be megabytes

    def at(self, position: int, service: str, where: Node, count: Callable[[], int]) -> int:
        """How many rows of a service match at a position of the feed; ``count`` is asked when it is not known."""
        known = self._known.get((service, where))
        if known is not None and known[0] == position:
            return known[1]
        since = None if known is None else self._since(known[0], position, service, where)
        total = count() if known is None or since is None else known[1] + since
        self._known.put((service, where), (position, total))
        return total

    def _since(self, earlier: int, position: int, service: str, where: Node) -> int | None:
        """How many more match than at an earlier position; None if that is not known."""
        if not 0 < position - earlier <= REMEMBERED:
            return None
        more = 0
        for number in range(earlier + 1, position + 1):
            change = self._changes.get(number)
            if change is None:
                return None
            changed, move = change
            if changed != service:
                continue
            if move is None:
                return None
            before, after = move
            more += _matches(where, after) - _matches(where, before)
        return more


def _matches(where: Node, held: Held | None) -> bool:
    return held is not None and matches(where, held, _value)


def _value(held: Mapping[str, Any], path: str) -> Any:
    return held[path]
