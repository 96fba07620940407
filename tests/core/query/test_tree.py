"""Questions about trees."""

from agor_core.query.tree import EVERYTHING, All, Among, AnyOf, Compare, Comparison, both, mentions

STATUS = Compare("status", Comparison.EQ, "idle")
ARCHIVED = Among("archived_at", (None,), negated=True)


def test_mentions_looks_everywhere() -> None:
    assert mentions(AnyOf((STATUS, All((ARCHIVED,)))), "archived_at")
    assert not mentions(AnyOf((STATUS, All((STATUS,)))), "archived_at")
    assert not mentions(EVERYTHING, "archived_at")


def test_both_leaves_out_what_is_always_true() -> None:
    assert both(EVERYTHING, STATUS) == STATUS
    assert both(STATUS, EVERYTHING) == STATUS
    assert both(STATUS, ARCHIVED) == All((STATUS, ARCHIVED))
