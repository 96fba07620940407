"""Cached totals of lists: counted once, then updated by the changes since.

A total belongs to a position of the feed. The last changes are kept with the filterable columns of their rows before
and after; a total that is older than the oldest of them is counted again.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from agor_core.bounded_map import BoundedMap
from agor_core.query.matching import matches
from agor_core.query.tree import Node

MOST = 1_000
"""The most totals that are cached; an evicted one is counted again."""
REMEMBERED = 256
"""The most changes that are kept; matching more of them would cost as much as counting."""

RowValues = Mapping[str, Any]
"""The values of a row's filterable columns, by their paths in the record."""


class RowChange(NamedTuple):
    """A row before and after a change; None where it did not exist."""

    before: RowValues | None
    after: RowValues | None


class ChangedRow(Protocol):
    """The interface of a change to the totals; ``row`` is None if the row's values are unknown."""

    @property
    def service(self) -> str: ...
    @property
    def row(self) -> RowChange | None: ...


class Totals:
    """The cached totals of one store. One thread at a time calls `follow`, several readers call `at`.

    Each step is one operation of a dictionary, so that there is no lock.
    """

    def __init__(self) -> None:
        self._known: BoundedMap[tuple[str, Node], tuple[int, int]] = BoundedMap(MOST)
        self._changes: BoundedMap[int, tuple[str, RowChange | None]] = BoundedMap(REMEMBERED)

    def follow(self, first: int, changes: Sequence[ChangedRow]) -> None:
        """Note committed changes, whose positions in the feed begin with ``first``."""
        for position, change in enumerate(changes[-REMEMBERED:], first + max(0, len(changes) - REMEMBERED)):
            self._changes.put(position, (change.service, change.row))  # not the record, which may be megabytes

    def at(self, position: int, service: str, where: Node, count: Callable[[], int]) -> int:
        """The number of matching rows of a service at a position of the feed; calls ``count`` if it is not cached."""
        known = self._known.get((service, where))
        if known is not None and known[0] == position:
            return known[1]
        since = None if known is None else self._since(known[0], position, service, where)
        total = count() if known is None or since is None else known[1] + since
        self._known.put((service, where), (position, total))
        return total

    def _since(self, earlier: int, position: int, service: str, where: Node) -> int | None:
        """The difference to the total at an earlier position; None if it is not known."""
        if not 0 < position - earlier <= REMEMBERED:
            return None
        more = 0
        for number in range(earlier + 1, position + 1):
            change = self._changes.get(number)
            if change is None:
                return None
            changed, row = change
            if changed != service:
                continue
            if row is None:
                return None
            before, after = row
            more += _matches(where, after) - _matches(where, before)
        return more


def _matches(where: Node, values: RowValues | None) -> bool:
    return values is not None and matches(where, values, _value)


def _value(values: Mapping[str, Any], path: str) -> Any:
    return values[path]
