"""The controllers of the session screen that need no more than the open session."""

from agor_tui.app.controllers.agent_options import AgentOptions
from agor_tui.app.controllers.checks import Checks
from agor_tui.app.controllers.commenting_answers import CommentingAnswers
from agor_tui.app.controllers.controller import Controller
from agor_tui.app.controllers.kept_grants import KeptGrants
from agor_tui.app.controllers.landing_commands import LandingCommands
from agor_tui.app.controllers.prompts_again import PromptsAgain
from agor_tui.app.controllers.removing_for_good import RemovingForGood
from agor_tui.app.controllers.renaming import RENAME, Renaming
from agor_tui.app.controllers.restoring_files import RestoringFiles
from agor_tui.app.controllers.session_folder import SessionFolder
from agor_tui.app.controllers.session_upkeep import SessionRepo
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.host import Host
from agor_tui.app.screens.open_session import OpenSession
from agor_tui.app.session_look import SessionLook


def further_controllers(
    host: Host, link: DaemonLink, session: OpenSession, look: SessionLook
) -> tuple[Controller, ...]:
    """One of each, for the open session."""
    return (
        LandingCommands(host, link, session),
        RestoringFiles(host, link, session),
        CommentingAnswers(host, link, session),
        Renaming(host, link, session, without={RENAME}),
        RemovingForGood(host, link, session),
        KeptGrants(host, link, session),
        SessionRepo(host, link, session),
        SessionFolder(host, session, look.look),
        AgentOptions(host, link, session),
        PromptsAgain(host, link, session),
        Checks(host, link, session),
    )
