"""Screens as they are composed: each key means one thing, each command has a handler."""

from collections import Counter

import pytest

from agor_tui.app.screens.base import AgorScreen
from tests.fakes.app_driver import running
from tests.fakes.session_world import World, opened


@pytest.mark.parametrize("keys", [[], ["t"], ["enter"], ["enter", "v"]], ids=["board", "genealogy", "session", "diff"])
async def test_a_key_means_one_command_and_a_command_has_one_handler(keys: list[str]) -> None:
    async with running(World().daemon) as driven:
        if "enter" in keys:
            await opened(driven)
        await driven.press(*(key for key in keys if key != "enter"))
        screen = driven.app.screen
        assert isinstance(screen, AgorScreen)
        bound = Counter(key for command in screen.commands for key in command.keys.split(","))
        assert {key for key, count in bound.items() if count > 1} == set()
        assert set(bound) <= set(screen._bindings.key_to_bindings)
        for command in screen.commands:
            owner, controller = screen._attached[command.id]
            assert owner == command
            assert set(controller._handlers) == set(controller.COMMANDS)
