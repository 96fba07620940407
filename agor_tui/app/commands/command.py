"""A command, and the keys it is bound to: the table's own, or those of the settings (``app.keys``)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from textual.binding import Binding

SHOWN = {
    "escape": "esc",
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "minus": "-",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "exclamation_mark": "!",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "f1": "F1",
}
"""How keys are written where Textual's names for them would puzzle."""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be done.

    ``id`` names it in the settings; ``action`` is Textual's action on the screen; ``label`` is its word in the footer
    (none: it is left out there) and ``title`` its sentence in the palette and the help.
    """

    id: str
    keys: str
    action: str
    title: str
    label: str = ""
    group: str = ""
    first: bool = False

    def binding(self) -> Binding:
        """As Textual wants it; ``first`` beats whatever has the focus."""
        return Binding(self.keys, self.action, self.title, show=False, id=self.id, priority=self.first)

    def keys_now(self, keymap: Mapping[str, str]) -> tuple[str, ...]:
        """The keys that it is bound to, as they are written."""
        return tuple(written(key.strip()) for key in keymap.get(self.id, self.keys).split(","))


def written(key: str) -> str:
    """A key as a person writes it: ``G`` for shift and g, ``?`` for question_mark."""
    return SHOWN.get(key, key)


def unwritten(key: str) -> str:
    """Textual's name of a key that a person has written."""
    return next((name for name, shown in SHOWN.items() if shown == key), key)


def bindings(commands: Iterable[Command]) -> list[Binding]:
    """The bindings of a table of commands."""
    return [command.binding() for command in commands]
