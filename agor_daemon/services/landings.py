"""Landings: clients read them; a session's action makes one, and an action of its own takes it back."""

from typing import Any, ClassVar

from agor_core.domain.landing import HOWS, Landing, LandingPlan
from agor_core.domain.pull_request import Publication, PullRequestStatus
from agor_core.domain.texts import shown
from agor_core.errors import InvalidInput
from agor_core.repositories import landings, sessions
from agor_core.repositories.mappings import LANDINGS
from agor_core.wire import codec
from agor_core.wire.landing_requests import Land, LookAtPullRequest, PublishSession, UndoLanding
from agor_daemon.services.references import requested_id
from agor_daemon.services.service import RecordService
from agor_daemon.supervisor.landing.examining import Wanted
from agor_daemon.supervisor.landing.publishing import Publish


class LandingService(RecordService[Landing]):
    """``/landings``"""

    calls: ClassVar[frozenset[str]] = frozenset({"find", "get"})
    mapping = LANDINGS
    repository = landings

    async def land(self, reference: str, body: Any) -> Landing | LandingPlan:
        """Bring a session's work into a branch, or tell what that would meet.

        Raises InvalidInput, NotFound, Unprocessable, GitFailed, and Conflict with nothing changed.
        """
        request = codec.request(Land, body or {})
        how = next((one for one in HOWS if one == request.how), None)
        if how is None:
            raise InvalidInput(f"how: must be {', '.join(HOWS)}, not {shown(request.how)}.", place="how")
        own = requested_id(request.landing_id, "landing_id")
        session_id = await self.read(lambda reader: sessions.resolve(reader, reference))
        wanted = Wanted(request.into, how, request.commit, request.message)
        calls = self.context.supervisor.landings
        if request.dry_run:
            return await calls.plan(session_id, wanted)
        return await calls.land(session_id, wanted, own)

    async def undo(self, reference: str, body: Any) -> Landing:
        """Take a landing back. Raises InvalidInput, NotFound, GitFailed, and Conflict with nothing changed."""
        request = codec.request(UndoLanding, body or {})
        landing_id = await self.read(lambda reader: landings.resolve(reader, reference))
        return await self.context.supervisor.landings.undo(landing_id, revert=request.revert)

    async def publish(self, reference: str, body: Any) -> Publication:
        """Push a session's branch and open a pull request.

        Raises InvalidInput, NotFound, Unprocessable, GitFailed and Conflict.
        """
        request = codec.request(PublishSession, body or {})
        session_id = await self.read(lambda reader: sessions.resolve(reader, reference))
        asked = Publish(request.into, request.title, request.body, request.draft, request.commit)
        return await self.context.supervisor.landings.publish(session_id, asked, dry_run=request.dry_run)

    async def pull_request(self, reference: str, body: Any) -> PullRequestStatus:
        """How a session's pull request stands by now. Raises NotFound and Conflict."""
        request = codec.request(LookAtPullRequest, body or {})
        session_id = await self.read(lambda reader: sessions.resolve(reader, reference))
        return await self.context.supervisor.landings.pull_request(session_id, request.log)
