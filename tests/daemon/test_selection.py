"""The changes that one client receives: never fewer than it needs to keep its records right."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from agor_core.db.feed_log import FeedRow
from agor_core.query.tree import Compare, Comparison
from agor_daemon.feed import selection as selections
from agor_daemon.feed.frames import unencoded
from agor_daemon.feed.selection import FeedSelection

INSIDE = Compare("board", Comparison.EQ, "b")
steps = st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from(["b", "c", None])), max_size=30)


def row(seq: int, identifier: str, event: str, board: str | None) -> FeedRow:
    return FeedRow(seq, "sessions", event, identifier, msgspec.json.encode({"board": board}), "")


@given(steps, st.integers(0, 30), st.sampled_from([1, 2, 20_000]))
def test_a_client_that_follows_by_query_knows_every_match(
    changes: list[tuple[str, str | None]], joined: int, most: int
) -> None:
    """It lists the matches when it joins and then applies the frames: it always has exactly the matches."""
    before, selections.MOST_NOT_MATCHING = selections.MOST_NOT_MATCHING, most
    try:
        truth: dict[str, str] = {}
        known: dict[str, str] = {}
        selection = FeedSelection(frozenset({"sessions"}), INSIDE)
        for seq, (identifier, board) in enumerate(changes):
            if seq == joined:
                known = {it: where for it, where in truth.items() if where == "b"}
            if board is None:
                if identifier not in truth:
                    continue
                change = row(seq, identifier, "removed", truth.pop(identifier))
            else:
                change = row(seq, identifier, "patched" if identifier in truth else "created", board)
                truth[identifier] = board
            if seq >= joined and selection.takes(unencoded(change)):
                known.pop(identifier, None)
                if board == "b":
                    known[identifier] = board
        if joined < len(changes):
            assert known == {it: where for it, where in truth.items() if where == "b"}
    finally:
        selections.MOST_NOT_MATCHING = before


def test_a_record_that_never_matched_is_sent_once_at_most() -> None:
    selection = FeedSelection(frozenset({"sessions"}), INSIDE)
    told = [selection.takes(unencoded(row(seq, "x", "patched", "c"))) for seq in range(5)]
    assert told == [True, False, False, False, False]
    assert not selection.takes(unencoded(row(6, "y", "created", "c")))
    assert not selection.takes(unencoded(row(7, "y", "patched", "c")))


def test_other_services_are_passed_over() -> None:
    assert not FeedSelection(frozenset({"boards"})).takes(unencoded(row(1, "x", "created", "b")))
    assert FeedSelection().takes(unencoded(row(1, "x", "created", "b")))
