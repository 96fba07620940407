"""Checks: run on the files of sessions, and stopped; the supervisor writes what becomes of them."""

from collections.abc import AsyncIterator
from typing import Any, ClassVar

from agor_core.domain.check import Check, CheckReason, CheckStatus
from agor_core.domain.texts import shown
from agor_core.errors import InvalidInput, Refused
from agor_core.ids import CheckId, SessionId
from agor_core.repositories import checks, sessions
from agor_core.repositories.mappings import CHECKS
from agor_core.wire import codec
from agor_core.wire.requests import CreateCheck, PatchCheck, RunCheck
from agor_daemon.access.requester import REQUESTER
from agor_daemon.services.contract import RawQuery
from agor_daemon.services.references import requested_id
from agor_daemon.services.service import RecordService
from agor_daemon.supervisor.checks.checks import CheckRequest

REASONS = (CheckReason.HAND, CheckReason.BISECT)


class CheckService(RecordService[Check]):
    """``/checks``"""

    calls: ClassVar[frozenset[str]] = frozenset({"find", "get", "create", "patch"})
    mapping = CHECKS
    repository = checks
    create_type = CreateCheck
    id_fields = ("check_id",)
    patch_type = PatchCheck

    async def create(self, body: Any) -> Any:
        """Begin checks; of a list those before one that is refused run all the same."""
        requests = codec.each(body, self.creation_request)
        made = [await self._begin(request.session_id, request) for request in requests]
        return made if isinstance(body, list) else made[0]

    async def run(self, reference: str, body: Any) -> Check:
        """Begin a check of a session. Raises InvalidInput, NotFound, Unprocessable, Refused."""
        return await self._begin(reference, codec.request(RunCheck, body or {}))

    async def patch(self, reference: str, body: Any, query: RawQuery) -> Any:
        """Stop it: that is the one change that there is."""
        request = codec.request(PatchCheck, body)
        if request.status != CheckStatus.STOPPED:
            raise InvalidInput(f"status: can only become stopped, not {shown(request.status)}.", place="status")
        asked = self.query_of_one(query)
        found = await self.read(lambda reader: self.found(reader, reference, asked))
        return self.selected(await self.context.supervisor.checks.stop(found.check_id), asked)

    async def stop(self, reference: str, body: Any) -> Check:  # noqa: ARG002
        """End a check with all that it started; one that has ended stays as it is."""
        check_id = await self.read(lambda reader: checks.resolve(reader, reference))
        return await self.context.supervisor.checks.stop(check_id)

    async def log(self, reference: str) -> AsyncIterator[bytes]:
        """The output of a check so far, as plain text, in pieces. Raises NotFound."""
        check_id = await self.read(lambda reader: checks.resolve(reader, reference))
        async for piece in self.context.supervisor.checks.log(check_id):
            yield piece

    async def _begin(self, reference: str, request: RunCheck) -> Check:
        if request.reason not in REASONS:
            raise InvalidInput(f"reason: must be hand or bisect, not {shown(request.reason)}.", place="reason")
        if request.point not in ("end", "start"):
            raise InvalidInput(f"point: must be end or start, not {shown(request.point)}.", place="point")
        if request.consent is not None and REQUESTER.get().agent:
            raise Refused("An agent asks this, and only a person can allow the commands of a repository.")
        own = requested_id(request.check_id, "check_id")
        session_id = await self.read(lambda reader: sessions.resolve(reader, reference))
        wanted = CheckRequest(
            request.command,
            request.at,
            at_start=request.point == "start",
            reason=CheckReason(request.reason),
            consent=request.consent,
            check_id=None if own is None else CheckId(own),
        )
        return await self.context.supervisor.checks.start(SessionId(session_id), wanted)
