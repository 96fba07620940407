"""The command that chooses between which points a diff is."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.state.diffed import Diffed

if TYPE_CHECKING:
    from agor_tui.app.daemon_link import DaemonLink
    from agor_tui.app.host import Host

POINTS = Command("diff.points", "b", "Compare between other points, or with a related session", "between", "Diff")

OUTSIDE = Reason("The session works outside of git, where nothing is compared.")


class ChoosingPoints(Controller):
    """``diffed`` tells what is shown, ``show`` shows another difference."""

    COMMANDS = (POINTS,)

    def __init__(
        self, host: "Host", link: "DaemonLink", diffed: Callable[[], Diffed], show: Callable[[Diffed], object]
    ) -> None:
        super().__init__({POINTS: self.choose})
        self._host = host
        self._link = link
        self._diffed = diffed
        self._show = show

    def offered(self, command: Command) -> Reason | None:  # noqa: ARG002 - there is one
        return OUTSIDE if self._diffed().session.repo.repo_id is None else None

    def choose(self) -> None:
        """Open the form, and show what it answers."""
        from agor_tui.app.dialogs.diff_points import DiffPoints

        self._host.push_screen(DiffPoints(self._link, self._diffed()), self._chosen)

    def _chosen(self, diffed: Diffed | None) -> None:
        if diffed is not None:
            self._show(diffed)
