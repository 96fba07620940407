"""Questions about trees."""

from agor_core.query.tree import EVERYTHING, All, Among, AnyOf, Compare, Comparison, mentions

STATUS = Compare("status", Comparison.EQ, "idle")
ARCHIVED = Among("archived_at", (None,), negated=True)


def test_mentions_looks_everywhere() -> None:
    assert mentions(AnyOf((STATUS, All((ARCHIVED,)))), "archived_at")
    assert not mentions(AnyOf((STATUS, All((STATUS,)))), "archived_at")
    assert not mentions(EVERYTHING, "archived_at")
