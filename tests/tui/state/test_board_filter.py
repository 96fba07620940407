"""The filter of a board."""

import pytest

from agor_tui.state.board_filter import keeps
from tests.builders import app_records as make


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", True),
        ("   ", True),
        ("graph", True),
        ("GRAPH", True),
        ("try graph", True),
        ("feat/gql", True),
        ("codex", True),
        ("idle", True),
        ("graph missing", False),
        ("!graph", False),
        ("!missing", True),
        ("!", True),
        ("needs you", False),
    ],
)
def test_a_filter_keeps_sessions_with_every_word(text: str, kept: bool) -> None:
    session = make.session("Try GraphQL", agent="codex", branch="feat/gql")
    assert keeps(text)(session) is kept


def test_a_filter_finds_by_short_id_and_by_the_approval() -> None:
    session = make.session(status="awaiting_permission", asks="rm -rf build/")
    assert keeps(session.short_id)(session)
    assert keeps("rm -rf")(session)
