"""An action: a custom method of one record, beyond the calls of its service."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from agor_daemon.services.contract import Body


@dataclass(frozen=True, slots=True)
class Action:
    """``POST /SERVICE/{id}/NAME``, or ``GET`` for one that only reads.

    ``run`` gets the id and the body and answers an ``answer``, with the HTTP ``status``; without ``answer`` it answers
    the pieces of a text of the type ``media``. ``body`` is the type of the body, None without one; ``id_fields`` are
    its fields that hold ids which the client gives. One that only reads gets its parameters, which ``query`` names, in
    place of a body.
    """

    method: str
    run: Callable[[str, Any], Awaitable[Any]]
    answer: Body | None
    body: Body | None = None
    status: int = 200
    id_fields: tuple[str, ...] = ()
    media: str = "application/json"
    query: tuple[str, ...] = ()
