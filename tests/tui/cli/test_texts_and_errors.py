"""Text that begins with a dash, the newest tasks, and errors as JSON."""

import json
from collections.abc import Callable
from typing import Any

import click
import pytest

from agor_tui.cli.dashed_texts import with_texts_last
from agor_tui.cli.session.group import session as sessions

Agor = Callable[..., Any]


def arranged(verb: str, *arguments: str) -> list[str]:
    command = sessions.get_command(click.Context(sessions), verb)
    assert command is not None
    return with_texts_last(command, click.Context(command), arguments)


@pytest.mark.parametrize(
    ("given", "right"),
    [
        (["s", "- fix the first point"], ["s", "--", "- fix the first point"]),
        (["s", "--answer in one line", "--wait"], ["s", "--wait", "--", "--answer in one line"]),
        (["s", "-\n- two\n- lines", "-q"], ["s", "-q", "--", "-\n- two\n- lines"]),
        (["s", "plain text", "--wait"], ["s", "plain text", "--wait"]),
        (["s", "--", "- fix it"], ["s", "--", "- fix it"]),
        (["s", "--wait"], ["s", "--wait"]),
        (["s", "-"], ["s", "-"]),
    ],
)
def test_text_with_a_dash_and_a_blank_is_text(given: list[str], right: list[str]) -> None:
    assert arranged("prompt", *given) == right


def test_the_value_of_an_option_stays_its_value() -> None:
    for given in (["--title", "- later", "--json"], ["--title=- a b"], ["--prompt", "-x y"]):
        assert arranged("create", *given) == given


def test_an_unknown_option_says_where_text_goes(agor: Agor) -> None:
    for arguments in (("search", "-x"), ("session", "prompt", "abcd", "-x")):
        ran = agor(*arguments)
        assert (ran.code, "No such option '-x'. Text that begins with a dash stands after --." in ran.err) == (2, True)
    assert "stands after" not in agor("session", "show", "-x").err


def test_an_error_is_one_object_where_json_is_asked_for(agor: Agor) -> None:
    for arguments, code, name in (
        (("config", "set", "app.nonsense", "1"), 2, "BadRequest"),
        (("session", "prompt"), 2, "BadRequest"),
        (("session", "show", "a/b"), 3, "NotFound"),
    ):
        ran = agor(*arguments, "--json")
        assert (ran.code, ran.out) == (code, "")
        error = json.loads(ran.err)
        assert (error["exit_code"], error["name"], error["className"].title().replace("-", "")) == (code, name, name)
        assert error["message"]
    assert agor("config", "set", "app.nonsense", "1").err.startswith("There is no setting")
