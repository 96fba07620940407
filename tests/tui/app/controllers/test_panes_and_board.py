"""Pane focus, board tabs, columns, marks and filter: which command does what, and when it is not available."""

import pytest

from agor_tui.app.controllers import board_columns, board_selection, board_tabs, pane_focus
from agor_tui.app.controllers.session_commands import PROMPT
from tests.builders import app_records as make
from tests.fakes.controller_host import LedgerHost, PlainSubject


class Panes:
    """The panes of a screen; ``shown`` lists those that were given the keys."""

    def __init__(self, *, narrow: bool = False) -> None:
        self.narrow = narrow
        self.shown: list[str] = []
        self.left = False

    def show_pane(self, pane: str) -> None:
        self.shown.append(pane)

    def leave(self) -> None:
        self.left = True


@pytest.mark.parametrize(
    ("narrow", "panes"),
    [(False, ["conversation", "prompt", "timeline"]), (True, ["conversation", "side", "prompt", "timeline"])],
)
def test_tab_goes_round_the_panes_and_back(narrow: bool, panes: list[str]) -> None:
    view = Panes(narrow=narrow)
    controller = pane_focus.PaneFocus(view)
    for _ in panes:
        controller.run(pane_focus.NEXT)
    assert view.shown == panes
    controller.run(pane_focus.PREVIOUS)
    assert controller.pane == "prompt"


def test_a_side_pane_that_is_always_shown_is_left_for_a_pane_with_keys() -> None:
    view = Panes(narrow=True)
    controller = pane_focus.PaneFocus(view)
    controller.focus("side")
    view.narrow = False
    controller.run(pane_focus.NEXT)
    assert controller.pane == "conversation"


@pytest.mark.parametrize(("narrow", "pane"), [(False, "timeline"), (True, "conversation")])
def test_escape_leaves_the_prompt_before_the_screen(narrow: bool, pane: str) -> None:
    view = Panes(narrow=narrow)
    controller = pane_focus.PaneFocus(view)
    controller.run(PROMPT)
    controller.run(pane_focus.BACK)
    assert view.shown == ["prompt", pane]
    assert not view.left
    controller.run(pane_focus.BACK)
    assert view.left


class Tabs:
    """All sessions and some boards."""

    def __init__(self, *board_ids: str) -> None:
        self.board_ids = (None, *board_ids)
        self.board_id: str | None = None

    def show_board(self, board_id: str | None) -> None:
        self.board_id = board_id


def test_tabs_go_round() -> None:
    tabs = Tabs("a", "b")
    controller = board_tabs.BoardTabs(tabs)
    seen = []
    for _ in range(3):
        controller.run(board_tabs.NEXT)
        seen.append(tabs.board_id)
    assert seen == ["a", "b", None]
    controller.run(board_tabs.PREVIOUS)
    assert tabs.board_id == "b"


def test_without_a_board_there_is_no_other_tab() -> None:
    assert board_tabs.BoardTabs(Tabs()).run(board_tabs.NEXT) == board_tabs.NO_BOARD


class Board(PlainSubject):
    """A board with marks and a filter; ``ledger`` lists what was asked of it."""

    def __init__(self, *sessions, marked: bool = False, text: str = "") -> None:
        super().__init__(*sessions)
        self.as_list = False
        self.any_marked = marked
        self.filter_text = text
        self.ledger: list[str] = []

    def unmark(self) -> None:
        self.any_marked = False

    def clear_filter(self) -> None:
        self.filter_text = ""

    def __getattr__(self, name: str):
        return lambda *arguments: self.ledger.append(name)


def test_escape_clears_the_marks_before_the_filter() -> None:
    board = Board(make.session(), marked=True, text="x")
    controller = board_selection.BoardSelection(board, board)
    controller.run(board_selection.CLEAR)
    assert (board.any_marked, board.filter_text) == (False, "x")
    controller.run(board_selection.CLEAR)
    assert not board.filter_text
    assert controller.run(board_selection.CLEAR) == board_selection.NOTHING_TO_CLEAR


def test_without_a_session_nothing_is_opened_or_marked() -> None:
    board, host = Board(), LedgerHost()
    assert board_columns.BoardColumns(host, board).run(board_columns.OPEN) == board.no_session
    assert board_selection.BoardSelection(board, board).run(board_selection.MARK) == board.no_session
    assert not host.ledger
    assert not board.ledger


def test_the_view_is_called_by_what_it_changes_to() -> None:
    board = Board(make.session())
    controller = board_columns.BoardColumns(LedgerHost(), board)
    assert controller.label(board_columns.VIEW) == "list"
    board.as_list = True
    assert controller.label(board_columns.VIEW) == "columns"
