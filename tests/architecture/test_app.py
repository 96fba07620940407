"""Rules of the app: small objects, controllers without Textual, command tables that agree with their handlers."""

import inspect
from collections import Counter
from importlib import import_module

import pytest

from agor_tui.app.controllers.controller import Controller
from agor_tui.app.controllers.registry import command_ids, commands, controller_types
from agor_tui.app.screens.board import BoardScreen
from agor_tui.app.screens.compare import CompareScreen
from agor_tui.app.screens.compared_file import ComparedFileScreen
from agor_tui.app.screens.diff import DiffScreen
from agor_tui.app.screens.genealogy import GenealogyScreen
from agor_tui.app.screens.session import SessionScreen
from agor_tui.app.screens.worktrees import WorktreesScreen
from tests.architecture.project import loaded_by, modules, packages_of

MOST_METHODS = 60
"""Methods of one class, with those that it inherits from classes of ours."""


def methods(kind: type) -> set[str]:
    """The methods and properties of a class that are ours, by name; Textual's own are not counted."""
    own = (parent for parent in kind.__mro__ if parent.__module__.startswith("agor_"))
    return {
        name
        for parent in own
        for name, member in vars(parent).items()
        if inspect.isfunction(member) or isinstance(member, property | classmethod | staticmethod)
    }


def classes() -> set[type]:
    """Every class that the app defines."""
    members = (one for name in modules("agor_tui.app") for one in vars(import_module(name)).values())
    return {one for one in members if inspect.isclass(one) and one.__module__.startswith("agor_tui.app")}


def test_no_object_of_the_app_has_many_methods() -> None:
    counts = {kind.__qualname__: len(methods(kind)) for kind in classes()}
    assert len(counts) > 80
    assert {name: count for name, count in counts.items() if count > MOST_METHODS} == {}


def test_controllers_are_imported_without_textual() -> None:
    names = modules("agor_tui.app.controllers")
    loaded, _ = loaded_by("-c", "\n".join(f"import {name}" for name in names))
    assert not packages_of(loaded) & {"textual", "rich", "sqlalchemy", "pydantic"}


@pytest.mark.parametrize("kind", controller_types(), ids=lambda kind: kind.__name__)
def test_a_controller_has_one_table_of_named_commands(kind: type[Controller]) -> None:
    assert kind.COMMANDS
    ids = [command.id for command in kind.COMMANDS]
    assert len(set(ids)) == len(ids)
    assert all(command.keys and command.title and command.group and "." in command.id for command in kind.COMMANDS)


def test_the_registry_has_the_commands_of_every_controller() -> None:
    assert {"board.open", "session.fork", "diff.next", "tree.back", "move.down", "app.quit"} <= command_ids()
    assert len(list(commands())) > 50


@pytest.mark.parametrize(
    "screen",
    [
        BoardScreen,
        CompareScreen,
        ComparedFileScreen,
        DiffScreen,
        GenealogyScreen,
        SessionScreen,
        WorktreesScreen,
    ],
)
def test_the_order_of_a_screen_names_known_commands_once(screen) -> None:
    assert set(screen.ORDER) <= set(commands())
    assert not [command for command, count in Counter(screen.ORDER).items() if count > 1]
