"""Columns by status, the order in each, and the filter."""

import pytest

from agor_tui.state.board_columns import ColumnName, columns, keeps, listed
from tests.builders import app_records as make


def test_each_status_has_its_column_and_what_needs_you_is_first() -> None:
    sessions = [
        make.session(status=status) for status in ("failed", "completed", "idle", "running", "awaiting_permission")
    ]
    board = columns(sessions)
    assert [column.name for column in board] == list(ColumnName)
    assert [len(column.sessions) for column in board] == [1, 1, 1, 1, 1]
    assert listed(board)[0].status == "awaiting_permission"


def test_the_session_that_waited_longest_is_first_of_those_that_need_you() -> None:
    waiting = [
        make.session(str(minutes), status="awaiting_permission", minutes=float(minutes)) for minutes in (1, 9, 4)
    ]
    assert [one.title for one in columns(waiting)[0].sessions] == ["9", "4", "1"]


def test_those_that_run_keep_their_place_whatever_they_do() -> None:
    old = make.session("old", status="running", created_at=make.at(90), updated_at=make.at(0))
    new = make.session("new", status="running", created_at=make.at(10), updated_at=make.at(5))
    assert [one.title for one in columns([old, new])[1].sessions] == ["new", "old"]


def test_of_the_rest_the_last_changed_is_first() -> None:
    idle = [make.session(str(minutes), minutes=float(minutes)) for minutes in (5, 1, 9)]
    assert [one.title for one in columns(idle)[2].sessions] == ["1", "5", "9"]


def test_empty_columns_of_ended_sessions_take_no_room() -> None:
    assert [column.name for column in columns([]) if column.shown] == ["needs you", "running", "idle"]


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
