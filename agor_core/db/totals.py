"""Totals of lists, remembered as long as nothing changes: the feed's position says whether something did."""

from collections.abc import Callable, Hashable

MOST = 1_000
"""Totals that are remembered; beyond, all are forgotten, which costs one count each."""


class Totals:
    """For one store. Readers in several threads share it: no step of it needs more than one dictionary operation."""

    def __init__(self) -> None:
        self._known: dict[Hashable, tuple[int, int]] = {}

    def at(self, position: int, question: Hashable, count: Callable[[], int]) -> int:
        """The answer to a question at a position of the feed, counted unless it was asked there before."""
        known = self._known.get(question)
        if known is not None and known[0] == position:
            return known[1]
        total = count()
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[question] = position, total
        return total
