"""What agents said of themselves when they were last started; kept in the home, so that a restart knows their choices.

What was said by another program than the one that would start now is forgotten.
"""

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from agor_core.agents.options import SessionOptions
from agor_core.config import private_file


@dataclass(frozen=True, slots=True)
class Introduction:
    """What an agent said of itself when it was last started; ``options`` once it opened a conversation.

    ``program`` is what it was started by: the command, and the time of the program's last change.
    """

    version: str | None
    capabilities: frozenset[str]
    name: str | None = None
    options: SessionOptions = field(default_factory=SessionOptions)
    program: tuple[str, ...] = ()


class Introductions:
    """By the agents' names. A file that cannot be read or written loses what is known, and no more."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, Introduction] = {}
        self._stored: dict[str, Introduction] = {}
        with contextlib.suppress(OSError, msgspec.DecodeError):
            self._stored = msgspec.json.decode(private_file.read(file), type=dict[str, Introduction])

    def get(self, name: str, command: Callable[[], Sequence[str] | None]) -> Introduction | None:
        """What the agent of this name said: to this daemon, or to an earlier one if the program is the same."""
        if (known := self._known.get(name)) is not None:
            return known
        if (stored := self._stored.get(name)) is None:
            return None
        found = command()
        return stored if found and stored.program == program_of(found) else None

    def put(self, name: str, introduction: Introduction) -> None:
        """Keep what an agent said."""
        if self._known.get(name) != introduction:
            self._known[name] = introduction
            with contextlib.suppress(OSError):
                private_file.write(self._file, msgspec.json.encode({**self._stored, **self._known}))


def program_of(command: Sequence[str]) -> tuple[str, ...]:
    """What tells a program from another, or a later version, of the same name."""
    changed = ""
    with contextlib.suppress(OSError):
        changed = str(os.stat(command[0]).st_mtime_ns)  # noqa: PTH116 - a name that is too long is no error
    return (*command, changed)
