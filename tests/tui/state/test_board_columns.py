"""Columns by status, groups, and the order in each."""

from agor_tui.state.board_columns import ColumnName, Sorting, columns, groups, listed
from tests.builders import app_records as make


def members(board) -> dict[str, list[str | None]]:
    return {column.name: [session.title for session in column.sessions] for column in board if column.sessions}


def test_what_is_a_persons_turn_stands_before_what_runs_and_that_before_what_rests() -> None:
    statuses = ("idle", "completed", "running", "failed", "awaiting_permission")
    sessions = [make.session(status, status=status) for status in statuses]
    sessions.append(make.session("finished", unseen=True))
    board = columns(sessions)
    assert [column.name for column in board] == list(ColumnName)
    assert [one.title for one in listed(board)] == [
        "awaiting_permission", "failed", "finished", "running", "idle", "completed",
    ]  # fmt: skip


def test_the_session_that_waited_longest_is_first_of_those_that_need_you() -> None:
    waiting = [
        make.session(str(minutes), status="awaiting_permission", minutes=float(minutes)) for minutes in (1, 9, 4)
    ]
    assert [one.title for one in columns(waiting)[0].sessions] == ["9", "4", "1"]


def test_those_that_run_keep_their_place_whatever_they_do() -> None:
    old = make.session("old", status="running", created_at=make.at(90), updated_at=make.at(0))
    new = make.session("new", status="running", created_at=make.at(10), updated_at=make.at(5))
    assert [one.title for one in columns([old, new])[3].sessions] == ["new", "old"]


def test_of_the_rest_the_last_changed_is_first() -> None:
    idle = [make.session(str(minutes), minutes=float(minutes)) for minutes in (5, 1, 9)]
    assert [one.title for one in columns(idle)[4].sessions] == ["1", "5", "9"]


def test_an_order_other_than_by_status_holds_in_each_column() -> None:
    small, large = make.session("b", added=1, minutes=1), make.session("a", added=9, minutes=2)
    sessions = [small, large, make.session("c", status="running")]
    for sorting, order in ((Sorting.AGE, ["b", "a"]), (Sorting.TITLE, ["a", "b"]), (Sorting.CHANGES, ["a", "b"])):
        assert members(columns(sessions, sorting)) == {"running": ["c"], "idle": order}


def test_groups_stand_by_name_those_without_last_and_what_needs_you_first_in_each() -> None:
    sessions = [make.session("x", agent="zed"), make.session("y", agent="abc"),
                make.session("z", agent="abc", status="awaiting_permission"), make.session("w", agent="")]  # fmt: skip
    board = groups(sessions, lambda session: session.agent or "(none)")
    assert members(board) == {"abc": ["z", "y"], "zed": ["x"], "(none)": ["w"]}
    assert list(members(board)) == ["abc", "zed", "(none)"]
