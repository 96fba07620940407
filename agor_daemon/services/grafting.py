"""``POST /sessions/{id}/graft``: changes of another session brought into the files of this one, or taken back."""

from typing import Any

from agor_core.db.connections import Reader
from agor_core.domain.graft import ON_CONFLICT, Graft, OnConflict
from agor_core.domain.texts import shown
from agor_core.errors import InvalidInput
from agor_core.ids import SessionId
from agor_core.repositories import sessions
from agor_core.wire import codec
from agor_core.wire.requests import GraftFiles
from agor_daemon.services.context import Context
from agor_daemon.supervisor.grafting.grafting import Asked
from agor_daemon.supervisor.workspaces import points

MOST_PATHS = 1_000


class SessionGrafts:
    """Reads the request, and asks the supervisor."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def graft(self, reference: str, body: Any) -> Graft:
        """Raises InvalidInput, NotFound, Ambiguous, Conflict, Conflicting, Unprocessable and GitFailed."""
        request = codec.request(GraftFiles, body or {})
        way = _way(request)
        if len(request.paths) + len(request.lines) > MOST_PATHS:
            raise InvalidInput(
                f"paths: at most {MOST_PATHS} can be named; a folder stands for its files.", place="paths"
            )
        at, given = points.parse(request.at, "at"), request.source
        if at.session is not None or at.kind not in ("now", "task"):
            raise InvalidInput("at: must be now, task:N or task:N:start.", place="at")

        def read(r: Reader) -> tuple[SessionId, SessionId | None]:
            return sessions.resolve(r, reference), sessions.resolve(r, given) if given is not None else None

        target, source = await self._context.store.read(read)
        grafting = self._context.supervisor.grafting
        if request.undo:
            if source is not None or request.paths or request.lines:
                whole = "undo: the last graft is taken back whole; name no session and no paths."
                raise InvalidInput(whole, place="undo")
            return await grafting.undo(target, dry_run=request.dry_run, on_conflict=way)
        if source is None:
            raise InvalidInput("from: name the session whose changes are to be grafted.", place="from")
        lines = {one.path: one.lines for one in request.lines}
        asked = Asked(source, at, request.paths, lines, request.checkpoint, way, request.dry_run)
        return await grafting.run(target, asked)


def _way(request: GraftFiles) -> OnConflict:
    for way in ON_CONFLICT:
        if request.on_conflict == way:
            return way
    given = shown(request.on_conflict)
    raise InvalidInput(f"on_conflict: must be {', '.join(ON_CONFLICT)}, not {given}.", place="on_conflict")
