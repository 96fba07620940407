"""Approvals: clients read and answer them."""

from typing import Any, ClassVar

from msgspec import UNSET

from agor_core.domain.approval import Approval
from agor_core.domain.texts import check_not_empty
from agor_core.errors import InvalidInput
from agor_core.repositories import approvals
from agor_core.repositories.mappings import APPROVALS
from agor_core.wire import codec
from agor_core.wire.requests import DecideApproval
from agor_daemon.access.requester import asked_by
from agor_daemon.services.contract import RawQuery
from agor_daemon.services.service import RecordService


class ApprovalService(RecordService[Approval]):
    """``/approvals``"""

    calls: ClassVar[frozenset[str]] = frozenset({"find", "get", "patch"})
    mapping = APPROVALS
    repository = approvals
    patch_type = DecideApproval

    async def patch(self, reference: str, body: Any, query: RawQuery) -> Any:
        """Answer it, or take its grant back; the decision is recorded as that of the requester."""
        request = codec.request(DecideApproval, body)
        asked = self.query_of_one(query)
        if request.granted is not UNSET:
            if (request.decision, request.status, request.reason) != (UNSET, UNSET, None):
                raise InvalidInput("granted: cannot be combined with a decision.", place="granted")
            found = await self.read(lambda reader: self.found(reader, reference, asked))
            return self.selected(await self.context.supervisor.take_back(found.approval_id), asked)
        decision = request.status if request.decision is UNSET else request.decision
        if not isinstance(decision, str):
            raise InvalidInput("decision: is needed: allow, always, deny, or an option's id.", place="decision")
        if request.reason is not None:
            check_not_empty(request.reason, "reason")
        found = await self.read(lambda reader: self.found(reader, reference, asked))
        answer = self.context.supervisor.answer
        answered = await answer(found.approval_id, decision, by=asked_by(), reason=request.reason)
        return self.selected(answered, asked)
