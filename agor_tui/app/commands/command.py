"""A command: its id, its keys, its words in the footer and the help; and how keys are written for people."""

from collections.abc import Mapping
from dataclasses import dataclass

SHOWN = {
    "escape": "esc",
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "minus": "-",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "exclamation_mark": "!",
    "equals_sign": "=",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "f1": "F1",
}
"""Keys that are written otherwise than Textual names them."""


_known: dict[str, "Command"] = {}
_rebound: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that a user can do.

    ``id`` names it in the settings. ``keys`` are Textual's names, with commas between them. ``title`` is its sentence
    in the palette and the help, ``label`` its word in the footer; without a label the footer leaves it out. ``first``
    gives its keys priority over the focused widget.
    """

    id: str
    keys: str
    title: str
    label: str = ""
    group: str = ""
    first: bool = False

    def __post_init__(self) -> None:
        _known[self.id] = self

    def keys_now(self, keymap: Mapping[str, str]) -> tuple[str, ...]:
        """The keys that it is bound to, the settings considered, as people write them."""
        return tuple(written(key.strip()) for key in keymap.get(self.id, self.keys).split(","))


def rebind(keymap: Mapping[str, str]) -> None:
    """Let sentences name the keys of the settings, by the commands' ids."""
    _rebound.clear()
    _rebound.update(keymap)


def key(command_id: str, usual: str = "") -> str:
    """The first key of a command as it is now, for a sentence that tells people to press it.

    ``usual`` is the answer where the command's table is not loaded, as in a demo of one widget.
    """
    command = _known.get(command_id)
    return usual or command_id if command is None else command.keys_now(_rebound)[0]


def written(key: str) -> str:
    """A key as people write it: ``G`` for shift and g, ``?`` for question_mark."""
    return SHOWN.get(key, key)


def unwritten(key: str) -> str:
    """Textual's name of a key that `written` returned."""
    return next((name for name, shown in SHOWN.items() if shown == key), key)
