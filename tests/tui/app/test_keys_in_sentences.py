"""Sentences that tell people to press a key name the key that it is now."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agor_tui import app
from agor_tui.app.commands.command import key, rebind
from agor_tui.app.controllers.prompt_composer import archived
from agor_tui.app.controllers.registry import command_ids


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    rebind({})


def test_a_sentence_has_the_key_of_the_settings() -> None:
    assert archived() == "The session is archived; u brings it back."
    rebind({"session.undo": "Z,ctrl+z"})
    assert archived() == "The session is archived; Z brings it back."
    rebind({"session.undo": "question_mark"})
    assert archived() == "The session is archived; ? brings it back."


def test_every_command_that_a_sentence_names_exists_and_its_usual_key_is_right() -> None:
    known = command_ids()
    named = [
        found.groups()
        for file in Path(app.__file__).parent.rglob("*.py")
        for found in re.finditer(r"""\bkey\(["']([a-z_.]+)["'](?:, ["']([^"']+)["'])?\)""", file.read_text())
    ]
    assert len(named) > 8
    for command_id, usual in named:
        assert command_id in known
        assert usual in (None, key(command_id))
