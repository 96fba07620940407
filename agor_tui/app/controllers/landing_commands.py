"""The commands that land or publish the selected session's work, and take a landing back."""

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from agor_core.domain.landing import Landing
from agor_core.domain.pull_request import Publication
from agor_core.domain.session import Session
from agor_tui.app import landing_calls
from agor_tui.app.commands.command import Command, key
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.state import clean
from agor_tui.state.landing_facts import done, pull
from agor_tui.state.titles import sessions_title

if TYPE_CHECKING:
    from agor_tui.app.daemon_link import DaemonLink
    from agor_tui.app.host import Host

LAND = Command("session.land", "L", "Land: bring the session's work into its branch", "land", "Session")
PUBLISH = Command("session.publish", "H", "Publish: push the branch, and a pull request for it", "", "Session")
TAKE_BACK = Command("session.unland", "B", "Take the session's landing back", "", "Session")

OUTSIDE = Reason("The session does not work in a git repository, so nothing of it can land.")
AT_WORK = Reason("The session is at work; let it end, or stop it, before it lands.")
NOT_BEGUN = Reason("Nothing has been done in this session yet.")
NOT_LANDED = Reason("Nothing of this session has landed.")


class OneSession(Protocol):
    """The session that is selected, or open."""

    @property
    def session(self) -> Session | None:
        """None if there is none."""

    @property
    def no_session(self) -> Reason:
        """The reason why there is none."""


class LandingCommands(Controller):
    """Opens the page of a landing, and says what came of it."""

    COMMANDS = (LAND, PUBLISH, TAKE_BACK)

    def __init__(self, host: "Host", link: "DaemonLink", subject: OneSession) -> None:
        super().__init__({LAND: self.land, PUBLISH: self.publish, TAKE_BACK: self.take_back})
        self._host = host
        self._link = link
        self._subject = subject

    def offered(self, command: Command) -> Reason | None:
        session = self._subject.session
        if session is None:
            return self._subject.no_session
        if command == TAKE_BACK:
            return None if session.landed is not None else NOT_LANDED
        if session.repo.repo_id is None:
            return OUTSIDE
        if session.active:
            return AT_WORK
        return NOT_BEGUN if session.repo.managed_worktree and session.repo.worktree_id is None else None

    def land(self) -> None:
        """Open the page."""
        from agor_tui.app.dialogs.land import LandForm

        if (session := self._subject.session) is not None:
            self._host.push_screen(LandForm(self._link, session), self._ended)

    def publish(self) -> None:
        """Open the page of a publication."""
        from agor_tui.app.dialogs.publish import PublishForm

        if (session := self._subject.session) is not None:
            self._host.push_screen(PublishForm(self._link, session), self._published)

    def take_back(self) -> None:
        """Take the landing back; where the branch has moved on, offer a commit that does."""
        session = self._subject.session
        if session is None or session.landed is None:
            return
        landing_id, target = session.landed.landing_id, session.landed.target
        self._link.call(
            lambda daemon: landing_calls.undo(daemon, landing_id, revert=False),
            self._say,
            partial(self._offer_revert, landing_id, target),
        )

    def _offer_revert(self, landing_id: str, target: str, sentence: str) -> None:
        from agor_tui.app.dialogs.confirm import Confirm

        if "has moved on" not in sentence:
            self._host.complain(sentence)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._link.call(lambda daemon: landing_calls.undo(daemon, landing_id, revert=True), self._say)

        question = f"Take the landing in {target} back by a commit?"
        losses = ["The branch has moved on since, so it cannot go back.", "A commit on top of it takes the work out."]
        self._host.push_screen(Confirm(question, losses, yes="make that commit", no="leave it"), answered)

    def _ended(self, result: dict[str, Any] | None) -> None:
        if result is None:
            return
        match result["action"]:
            case "resolve":
                self._host.say("The agent brings the branch in and resolves what conflicts; then land again.")
            case "shell":
                if (session := self._subject.session) is not None:
                    self._host.lend_terminal(session, "shell")
            case _:
                self._landed(result)

    def _published(self, result: dict[str, Any] | None) -> None:
        if result is None:
            return
        done: Publication | None = result.get("publication")
        if result["action"] == "send":
            self._host.say(f"The agent has the log of {clean.line(result['check'])}.")
        elif done is not None and result["action"] == "copy":
            address = done.url
            self._host.copy(address or "\n".join(done.commands), "its address" if address else "the commands")
        elif done is not None and done.pull_request is not None:
            self._host.say(f"{clean.line(done.pull_request.url)}: {pull(done.pull_request)}")

    def _landed(self, result: dict[str, Any]) -> None:
        archived: list[Session] = result["archived"]
        sentence = done(result["landing"])
        if archived:
            self._host.undo.push(archived)
            them = "it" if len(archived) == 1 else "them"
            sentence += f" Archived {sessions_title(archived)}; {key('session.undo')} brings {them} back."
        self._host.say(sentence)
        for refusal in result["refused"]:
            self._host.complain(refusal)

    def _say(self, landing: Landing) -> None:
        self._host.say(done(landing))
