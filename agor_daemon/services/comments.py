"""Comments: people and agents write them; their places and what became of them follow from what happens."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

from msgspec.structs import replace

from agor_core.db.connections import Reader, Writer
from agor_core.domain.comment import Comment, CommentKind, CommentStatus, Side
from agor_core.domain.texts import shown
from agor_core.errors import Conflict, InvalidInput
from agor_core.ids import CommentId, MessageId, SessionId, TaskId, canonical
from agor_core.repositories import base, comments, messages, sessions, tasks
from agor_core.repositories.mappings import COMMENTS
from agor_core.wire import codec
from agor_core.wire.review_requests import CreateComment, PatchComment
from agor_daemon.access.requester import asked_by
from agor_daemon.new_ids import store_new
from agor_daemon.services.contract import OF_ONE
from agor_daemon.services.patches import given_fields
from agor_daemon.services.references import new_identity
from agor_daemon.services.service import RecordService
from agor_daemon.supervisor.workspaces.commented_lines import LONGEST_SNIPPET, Lines
from agor_daemon.supervisor.workspaces.reviewing import Commented, Shown

Word = TypeVar("Word", bound=StrEnum)
SAID_BY_PEOPLE = (CommentStatus.OPEN, CommentStatus.RESOLVED)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A request with full ids.

    ``latest`` is the session's task that began last, ``said`` the text of the message that the comment is on.
    """

    request: CreateComment
    session_id: SessionId
    task_id: TaskId | None
    latest: TaskId | None = None
    stored: bool = False
    said: str = ""


class CommentService(RecordService[Comment]):
    """``/comments``"""

    calls: ClassVar[frozenset[str]] = frozenset({"find", "create", *OF_ONE})
    mapping = COMMENTS
    repository = comments
    create_type = CreateComment
    id_fields = ("comment_id",)
    patch_type = PatchComment

    async def create(self, body: Any) -> Any:
        """Read the lines that each comment is on, and store it; of a list all or none."""
        requests = codec.each(body, self.creation_request)
        wanted = await self.read(lambda reader: [_with_full_ids(reader, request) for request in requests])
        places = await self._places(wanted)
        author = asked_by()

        async def drafts() -> list[tuple[_Wanted, Commented | None, tuple[str, str]]]:
            return [
                (one, places.get(number), new_identity(one.request.comment_id, "comment_id"))
                for number, one in enumerate(wanted)
            ]

        def insert(writer: Writer, draft: tuple[_Wanted, Commented | None, tuple[str, str]]) -> Comment:
            return comments.insert(writer, _record(*draft, author=author, at=writer.at))

        made = await store_new(self.context.store, insert, drafts)
        return made if isinstance(body, list) else made[0]

    def creation_request(self, body: Any) -> CreateComment:
        request: CreateComment = super().creation_request(body)
        _word(CommentKind, request.kind, "kind")
        _word(Side, request.side, "side")
        if request.path is None and request.start_line is not None:
            raise InvalidInput("start_line: needs the path of a file.", place="start_line")
        if request.start_line is None and request.end_line is not None:
            raise InvalidInput("end_line: needs a start_line.", place="end_line")
        return request

    def patched(self, reader: Reader, record: Comment, request: PatchComment) -> Comment:  # noqa: ARG002
        """The comment with other words or status. Raises Conflict for words that were sent already."""
        fields = given_fields(request)
        if "kind" in fields:
            fields["kind"] = _word(CommentKind, fields["kind"], "kind")
        if "status" in fields:
            fields["status"] = _status(record, fields["status"])
            if fields["status"] is CommentStatus.OPEN and record.status is CommentStatus.STALE:
                fields["checkpoint"] = None  # it stays open, with its old snippet, wherever its code went
        changed = replace(record, **fields)
        if record.sent_in_task_id is not None and (changed.text, changed.kind) != (record.text, record.kind):
            raise Conflict("The comment was sent already; write another one.")
        return changed

    async def _places(self, wanted: Sequence[_Wanted]) -> dict[int, Commented]:
        """What the comments are on that name a file, by their numbers; those of one task are read together."""
        together: defaultdict[tuple[SessionId, TaskId | None, Shown | None], list[int]] = defaultdict(list)
        for number, one in enumerate(wanted):
            if one.request.path is not None and not one.stored:
                together[one.session_id, one.task_id, _shown(one.request)].append(number)
        found: dict[int, Commented] = {}
        for (session_id, task_id, between), numbers in together.items():
            lines = [_lines(wanted[number].request) for number in numbers]
            placed = await self.context.supervisor.reviewing.place(session_id, task_id, lines, between)
            found.update(zip(numbers, placed, strict=True))
        return found


def _with_full_ids(reader: Reader, request: CreateComment) -> _Wanted:
    """Raises NotFound, Ambiguous, and Conflict for a task or message of another session."""
    session_id = sessions.resolve(reader, request.session_id)
    own = request.comment_id if isinstance(request.comment_id, str) else None
    stored = own is not None and base.exists(reader, COMMENTS, canonical(own) or own)
    task_id = None if request.task_id is None else tasks.resolve(reader, request.task_id)
    if task_id is not None and tasks.get(reader, task_id).session_id != session_id:
        raise Conflict(f"The task {request.task_id} is not one of the session {request.session_id}.")
    if request.message_id is None:
        current = sessions.get(reader, session_id).current
        return _Wanted(request, session_id, task_id, None if current is None else current.task_id, stored)
    message = messages.get(reader, canonical(request.message_id) or request.message_id)
    if message.session_id != session_id:
        raise Conflict(f"The message {request.message_id} is not one of the session {request.session_id}.")
    request = replace(request, message_id=message.message_id)
    return _Wanted(request, session_id, message.task_id, stored=stored, said=message.text)


def _lines(request: CreateComment) -> Lines:
    return Lines(_path(request.path or ""), Side(request.side), request.start_line, request.end_line)


def _shown(request: CreateComment) -> Shown | None:
    """The commits that the lines were seen in. Raises InvalidInput for one without the other."""
    if request.base is None and request.checkpoint is None:
        return None
    if request.base is None or request.checkpoint is None:
        raise InvalidInput("base: is needed with checkpoint, and checkpoint with base.", place="base")
    return Shown(request.base, request.checkpoint)


def _path(given: str) -> str:
    return given.removeprefix("./")


def _record(wanted: _Wanted, on: Commented | None, identity: tuple[str, str], *, author: str, at: str) -> Comment:
    request = wanted.request
    snippet = (request.snippet or wanted.said)[:LONGEST_SNIPPET] if on is None else on.snippet.text
    return Comment(
        comment_id=CommentId(identity[0]),
        short_id=identity[1],
        session_id=wanted.session_id,
        task_id=wanted.task_id or wanted.latest,
        message_id=None if request.message_id is None else MessageId(request.message_id),
        path=request.path if on is None else on.snippet.path,
        side=Side(request.side),
        start_line=request.start_line,
        end_line=request.start_line if request.end_line is None else request.end_line,
        snippet=snippet,
        text=request.text,
        kind=CommentKind(request.kind),
        author=author,
        checkpoint=None if on is None else on.checkpoint,
        base=None if on is None else on.base,
        created_at=at,
        updated_at=at,
    )


def _status(record: Comment, given: str) -> CommentStatus:
    status = _word(CommentStatus, given, "status")
    if status is not record.status and status not in SAID_BY_PEOPLE:
        raise InvalidInput("status: can be set to open or resolved; the others follow by themselves.", place="status")
    return status


def _word(kind: type[Word], given: str, place: str) -> Word:
    try:
        return kind(given)
    except ValueError:
        raise InvalidInput(f"{place}: must be {' or '.join(kind)}, not {shown(given)}.", place=place) from None
