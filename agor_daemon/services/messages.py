"""Messages: clients read them, the supervisor writes them."""

from typing import ClassVar

from agor_core.db.connections import Reader
from agor_core.domain.message import Message
from agor_core.errors import NotFound
from agor_core.ids import canonical
from agor_core.repositories import messages
from agor_core.repositories.mappings import MESSAGES
from agor_daemon.services.service import RecordService


class MessageService(RecordService[Message]):
    """``/messages``; they have no short ids."""

    calls: ClassVar[frozenset[str]] = frozenset({"find", "get"})
    mapping = MESSAGES
    repository = messages

    def lookup(self, reader: Reader, reference: str, *, lock: bool = False) -> Message:
        full = canonical(reference)
        if full is None:
            raise NotFound("message", reference)
        return messages.get(reader, full, lock=lock)
