"""Titles for display: one clean line, whatever was given."""

import pytest
from msgspec.structs import replace

from agor_core.domain.session import SessionStatus
from agor_tui.state.titles import session_title, sessions_title, shown_title, task_title
from tests.builders import app_records as make


@pytest.mark.parametrize(
    ("given", "shown"), [(None, "untitled"), ("  ", "untitled"), ("a\n b", "a b"), ("\x1b[31mred", "red")]
)
def test_a_title_is_one_clean_line(given: str | None, shown: str) -> None:
    assert shown_title(given) == shown
    assert session_title(make.session(given)) == shown


def test_several_sessions_are_counted() -> None:
    one = make.session("Port the parser")
    assert sessions_title([one]) == "“Port the parser”"
    assert sessions_title([one, one]) == "2 sessions"


@pytest.mark.parametrize(
    ("description", "prompt", "shown"),
    [("Port it", "first\nsecond", "Port it"), (None, "\n  \nfirst\nsecond", "first"), (None, "\n", "…")],
)
def test_a_task_is_named_by_its_description_or_its_first_line(description: str | None, prompt: str, shown: str) -> None:
    task = make.task(make.session(), 1)
    assert task_title(replace(task, description=description, full_prompt=prompt)) == shown


def test_which_sessions_are_active() -> None:
    active = {status for status in SessionStatus if make.session(status=status).active}
    assert active == {SessionStatus.RUNNING, SessionStatus.AWAITING_PERMISSION}
