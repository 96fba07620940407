"""The undo stack of archiving."""

import pytest

from agor_tui.state.undo import UndoStack
from tests.builders import app_records as make


def test_the_latest_group_comes_back_first() -> None:
    one, two, three = make.session(), make.session(), make.session()
    stack = UndoStack()
    assert not stack
    stack.push([one, two])
    stack.push([three])
    assert stack.pop() == (three,)
    assert stack.pop() == (one, two)
    assert not stack
    with pytest.raises(IndexError):
        stack.pop()


def test_a_session_that_was_restored_otherwise_is_forgotten_and_so_is_an_empty_group() -> None:
    one, two, three = make.session(), make.session(), make.session()
    stack = UndoStack()
    stack.push([one, two])
    stack.push([three])
    stack.forget(three.session_id)
    stack.forget(one.session_id)
    assert stack.pop() == (two,)
    assert not stack
