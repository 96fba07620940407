"""One call of the command line: the global options, and the daemon, settings and output that commands use."""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from agor_core.config.paths import Paths
from agor_tui.cli.exits import say

if TYPE_CHECKING:  # loaded by the calls that need them
    from collections.abc import Mapping

    from agor_core.config.settings import Settings
    from agor_tui.cli.context import Default
    from agor_tui.cli.output import Output
    from agor_tui.client.daemon import Daemon
    from agor_tui.state.glyphs import Glyphs


@dataclass
class Invocation:
    """The global options; the daemon, settings and output are made when a command first uses them."""

    json: bool = False
    no_tui: bool = False
    quiet: bool = False
    color: bool | None = None
    home: str | None = None

    @cached_property
    def paths(self) -> Paths:
        """The paths of the home: ``--home``, else the environment's."""
        return Paths.from_environment({"AGOR_HOME": self.home}) if self.home else Paths.from_environment()

    @cached_property
    def daemon(self) -> "Daemon":
        """The daemon, started if needed."""
        from agor_tui.client import launch

        return launch.ensure(self.paths, self.notice)

    @cached_property
    def settings(self) -> "Settings":
        """The config file's settings."""
        from agor_core.config.settings import load

        return load(self.paths.config)

    @cached_property
    def glyphs(self) -> "Glyphs":
        """Unicode glyphs, or ASCII if the config or the output needs it; works with an invalid config."""
        from agor_core.config.settings import load_valid
        from agor_tui.state.glyphs import chosen

        return chosen(load_valid(self.paths.config)[0].app.glyphs, sys.stdout.encoding)

    @cached_property
    def out(self) -> "Output":
        """The output for the answer."""
        from agor_tui.cli.output import Output

        return Output(json=self.json, color=self.color)

    @cached_property
    def defaults(self) -> "Mapping[str, Default]":
        """What a call that does not name a board, session, agent or repo takes, and where that comes from."""
        from agor_tui.cli.context import defaults

        return defaults(self)

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def notice(self, message: str) -> None:
        """Print a notice for a person, unless ``--quiet`` is given."""
        if not self.quiet:
            say(message)

    def refuse(self, reason: str) -> None:
        """Say why a guard refuses, whatever the options."""
        say(reason)

    def nothing(self, message: str, limit: int) -> None:
        """Print the notice that a list is empty, unless the limit is 0."""
        if limit:
            self.notice(message)
