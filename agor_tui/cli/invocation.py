"""One call of the command line: the options that stand anywhere, and what commands work with."""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from agor_core.config.paths import Paths
from agor_tui.cli.exits import say

if TYPE_CHECKING:  # what not every call needs is loaded by the call that does
    from agor_core.config.settings import Settings
    from agor_tui.cli.output import Output
    from agor_tui.client.daemon import Daemon
    from agor_tui.state.glyphs import Glyphs


@dataclass
class Invocation:
    """What was asked for, and the daemon that answers; each is only looked for when a command needs it."""

    json: bool = False
    no_tui: bool = False
    quiet: bool = False
    color: bool | None = None
    home: str | None = None

    @cached_property
    def paths(self) -> Paths:
        """The home: ``--home``, else what the environment says."""
        return Paths.from_environment({"AGOR_HOME": self.home}) if self.home else Paths.from_environment()

    @cached_property
    def daemon(self) -> "Daemon":
        """The daemon, started if there is none."""
        from agor_tui.client import launch

        return launch.ensure(self.paths)

    @cached_property
    def settings(self) -> "Settings":
        """The config file's settings."""
        from agor_core.config.settings import load

        return load(self.paths.config)

    @cached_property
    def glyphs(self) -> "Glyphs":
        """Unicode marks, unless the config or the terminal wants ASCII; whatever is wrong in the config."""
        from agor_core.config.settings import load_sound
        from agor_tui.state.glyphs import chosen

        return chosen(load_sound(self.paths.config)[0].app.glyphs, sys.stdout.encoding)

    @cached_property
    def out(self) -> "Output":
        """Where the answer goes."""
        from agor_tui.cli.output import Output

        return Output(json=self.json, color=self.color)

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def notice(self, message: str) -> None:
        """Something beside the answer, for a person; ``--quiet`` leaves it out."""
        if not self.quiet:
            say(message)

    def nothing(self, message: str, limit: int) -> None:
        """The notice that a list is empty; not where nothing was asked for."""
        if limit:
            self.notice(message)
