"""``Idempotency-Key``: a POST that is repeated under its key happens once, also when the daemon dies in between.

A key stands for the ids that the request would otherwise be given. It is stored with them before anything is done. A
repeat is given the same ids, and creating a record under an id that exists answers that record. See the IETF draft
"The Idempotency-Key HTTP Header Field".
"""

import hashlib
import itertools
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from agor_core.clock import Clock, timestamp
from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.errors import InvalidInput, Unprocessable
from agor_core.ids import new_id
from agor_core.repositories import idempotency_keys
from agor_core.repositories.idempotency_keys import KeyedRequest
from agor_core.wire import codec

WINDOW = timedelta(hours=24)
"""How long a key is kept."""
MOST = 10_000
"""Keys that are kept; the oldest are forgotten first."""
REQUESTS_BETWEEN_TRIMS = 100
LONGEST_KEY = 255
"""Characters."""


class IdempotencyKeys:
    """The keys of the last day."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._requests = itertools.count()

    async def with_ids(self, key: str, address: str, id_fields: tuple[str, ...], body: Any) -> Any:
        """The body with the ids that the key stands for, once they are stored.

        Raises InvalidInput for a malformed key, Unprocessable for the key of another request, and the errors of a
        write to the store, with nothing changed.
        """
        if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
            raise InvalidInput(f"Idempotency-Key: must be 1 to {LONGEST_KEY} printable characters.")
        items = codec.elements(body)
        digest = hashlib.sha256(msgspec.json.encode([address, body], order="deterministic")).hexdigest()
        stored = await self._note(KeyedRequest(key, digest, tuple(tuple(new_id() for _ in id_fields) for _ in items)))
        if stored.digest != digest:
            raise Unprocessable("This Idempotency-Key was used for another request.")
        filled = [
            _with_ids(item, dict(zip(id_fields, ids, strict=True))) for item, ids in zip(items, stored.ids, strict=True)
        ]
        return filled if isinstance(body, list) else filled[0]

    async def _note(self, request: KeyedRequest) -> KeyedRequest:
        since = timestamp(self._clock.now() - WINDOW)
        trims = next(self._requests) % REQUESTS_BETWEEN_TRIMS == 0

        def work(writer: Writer) -> KeyedRequest:
            stored = idempotency_keys.note(writer, request, since=since)
            if trims:
                idempotency_keys.trim(writer, MOST)
            return stored

        return await self._store.write(work)


def _with_ids(item: Any, ids: Mapping[str, str]) -> Any:
    """The item with an id in each field where it has none; a new session's first task gets one only with a prompt."""
    if not isinstance(item, dict):
        return item
    first = "session_id" in ids  # the first task of a new session, which it need not have
    given = {name: identifier for name, identifier in ids.items() if name != "task_id" or not first or "prompt" in item}
    return given | item
