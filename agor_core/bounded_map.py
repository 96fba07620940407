"""A map of bounded length and size: what is put into it evicts the oldest entries."""

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable
from itertools import islice
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BoundedMap(Generic[K, V]):
    """At most ``most`` entries, whose sizes add up to at most ``largest``; the entry put last stays, whatever its size.

    The first entry to go is the oldest that is ``expendable``, else the oldest; putting an entry again makes it new.
    Without ``expendable`` and sizes several threads may use it, as each step is one operation of a dictionary.
    """

    def __init__(self, most: int, *, largest: float = math.inf, expendable: Callable[[V], bool] | None = None) -> None:
        self._most = most
        self._largest = largest
        self._expendable = expendable
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._size = 0

    def __contains__(self, key: K) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """The value of a key; None if there is none, or no longer."""
        entry = self._entries.get(key)
        return None if entry is None else entry[0]

    def values(self) -> list[V]:
        """All values, the oldest first."""
        return [value for value, _ in self._entries.values()]

    def put(self, key: K, value: V, size: int = 0) -> list[V]:
        """Set the value of a key and its size, in whatever unit ``largest`` has; returns the evicted values."""
        self.pop(key)
        self._entries[key] = value, size
        self._size += size
        evicted = []
        while len(self._entries) > self._most or (self._size > self._largest and len(self._entries) > 1):
            evicted.append(self._evict())
        return evicted

    def pop(self, key: K) -> V | None:
        """Remove a key and return its value; None if there was none."""
        entry = self._entries.pop(key, None)
        if entry is None:
            return None
        self._size -= entry[1]
        return entry[0]

    def _evict(self) -> V:
        if self._expendable is not None:
            for key, (value, _) in islice(self._entries.items(), len(self._entries) - 1):
                if self._expendable(value):
                    self.pop(key)
                    return value
        _, (value, size) = self._entries.popitem(last=False)
        self._size -= size
        return value
