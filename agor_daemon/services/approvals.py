"""Approvals: clients read and answer them."""

from typing import Any, ClassVar

from msgspec import UNSET

from agor_core.domain.approval import Approval
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
        """Answer it; the decision is recorded as that of the requester."""
        request = codec.request(DecideApproval, body)
        decision = request.status if request.decision is UNSET else request.decision
        if not isinstance(decision, str):
            raise InvalidInput("decision: is needed: allow, always, deny, or an option's id.", place="decision")
        asked = self.query_of_one(query)
        found = await self.read(lambda reader: self.found(reader, reference, asked))
        answered = await self.context.supervisor.answer(found.approval_id, decision, by=asked_by())
        return self.selected(answered, asked)
