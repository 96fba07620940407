"""The registry of commands: every command of every controller, found by their tables."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from agor_tui.app import controllers
from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller


def controller_types() -> list[type[Controller]]:
    """All controllers, by module name; their modules are imported for it."""
    for module in iter_modules(controllers.__path__):
        import_module(f"{controllers.__name__}.{module.name}")
    return sorted(Controller.__subclasses__(), key=lambda kind: (kind.__module__, kind.__name__))


def commands() -> Iterator[Command]:
    """The commands of all controllers. Two may share an id: the same key on different screens."""
    for kind in controller_types():
        yield from kind.COMMANDS


def command_ids() -> frozenset[str]:
    """The names that ``app.keys`` in the settings may rebind."""
    return frozenset(command.id for command in commands())
