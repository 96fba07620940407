"""The review of a session in its diff: comments on lines, what was read, and sending the comments to an agent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from agor_core.domain.comment import Comment, CommentStatus
from agor_core.domain.review import Review
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.ids import CommentId, short_id
from agor_tui.app import review_loading
from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.app.controllers.diff_navigation import NO_DIFF
from agor_tui.state.changes import Changes
from agor_tui.state.patch import Patch
from agor_tui.state.reviewing import Marks, Place, place_of

if TYPE_CHECKING:
    from agor_tui.app.daemon_link import DaemonLink
    from agor_tui.app.host import Host
    from agor_tui.app.review_loading import LoadedReview

COMMENT = Command("review.comment", "c", "Comment on the line, range or file; or edit the comment", "comment", "Review")
RANGE = Command("review.range", "V", "Begin a range of lines for a comment, or drop it", "range", "Review")
READ = Command("review.read", "space", "Mark the hunk as read and go to the next, or as unread again", "read", "Review")
NEXT_UNREAD = Command("review.next_unread", "u", "To the next hunk that nobody has read", "", "Review")
SEND = Command("review.send", "S", "Send the open comments, to this session or another", "send", "Review")
RESOLVE = Command("review.resolve", "x", "Resolve the comment, or open it again", "", "Review")
REMOVE = Command("review.remove", "X", "Remove the comment for good", "", "Review")

NOT_IN_A_FILE = Reason("Comments are on files; go to a line or a file first.")
NO_HUNK = Reason("There is no hunk here.")
ALL_READ = Reason("All hunks are read.")
NOT_KNOWN = Reason("What was read is not known here.")
NO_COMMENT = Reason("No comment is selected; go to one.")
NOTHING_OPEN = Reason("No comment is open; c writes one.")
OTHER_SESSION = Reason("Comments are on the files of one session; choose points of this one with b.")
SENT_ALREADY = Reason("It was sent already; write another one.")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The session, and the task where the diff is of one; ``own``: it is of no other session's files."""

    session: Session
    task: Task | None = None
    own: bool = True


class ReviewView(Protocol):
    """The lines of a diff, with a cursor and what is known of its review."""

    cursor: int
    range_start: int | None

    @property
    def patch(self) -> Patch | None: ...
    @property
    def marks(self) -> Marks: ...
    @property
    def current_comment(self) -> str: ...
    @property
    def unread(self) -> int | None: ...
    def go_to(self, index: int, *, top: bool = False) -> None: ...
    def refresh(self) -> object: ...
    def set_comments(self, comments: Sequence[Comment]) -> None: ...
    def set_read(self, read: frozenset[str]) -> None: ...


class Reviewing(Controller):
    """``subject`` answers what is under review; ``shown`` is called after a change."""

    COMMANDS = (COMMENT, RANGE, READ, SEND, NEXT_UNREAD, RESOLVE, REMOVE)

    def __init__(
        self,
        host: "Host",
        link: "DaemonLink",
        view: ReviewView,
        subject: Callable[[], Reviewed],
        shown: Callable[[], object],
    ) -> None:
        super().__init__(
            {
                COMMENT: self.comment,
                RANGE: self.range,
                READ: self.mark,
                NEXT_UNREAD: self.next_unread,
                SEND: self.send,
                RESOLVE: self.resolve,
                REMOVE: self.remove,
            }
        )
        self._host = host
        self._link = link
        self._view = view
        self._subject = subject
        self._shown = shown
        self._read: frozenset[str] = frozenset()
        self._known: Review | None = None
        self._marking = 0

    # What is known

    @property
    def comments(self) -> list[Comment]:
        """The session's comments, the oldest first."""
        held = self._link.records.reviews.get(self._subject().session.session_id, {})
        return sorted(held.values(), key=lambda one: (one.created_at, one.comment_id))

    @property
    def open_comments(self) -> list[Comment]:
        """Those that are to be sent."""
        return [one for one in self.comments if one.status is CommentStatus.OPEN]

    def load(self) -> None:
        """Read the review; what cannot be read is left out."""
        session = self._subject().session
        self._link.call(lambda daemon: review_loading.load(daemon, session.session_id), self._loaded, lambda _: None)

    def close(self) -> None:
        """Hold the session's comments no more."""
        self._link.records.close_review(self._subject().session.session_id)

    def changed(self, changes: Changes) -> None:
        """Show what the feed brought; what another client marked as read is read again."""
        session = self._subject().session
        if session.session_id in changes.comments:
            self._view.set_comments(self.comments)
            self._shown()
        known, now = self._known, session.review
        if changes.resync:
            self.load()
        elif known is not None and now is not None and not self._marking and now.unread != known.unread:
            self._look()

    def _look(self) -> None:
        session = self._subject().session
        self._link.call(lambda daemon: review_loading.look(daemon, session.session_id), self._looked, lambda _: None)

    def _loaded(self, loaded: "LoadedReview") -> None:
        self._link.records.open_review(self._subject().session.session_id, loaded.comments)
        self._view.set_comments(self.comments)
        self._looked(loaded.review)

    def _looked(self, review: Review | None) -> None:
        if review is not None:
            self._known, self._read = review, frozenset(review.read)
            self._view.set_read(self._read)
        self._shown()

    # Commands

    def offered(self, command: Command) -> Reason | None:
        view = self._view
        match command:
            case _ if command == SEND:
                return None if self.open_comments else NOTHING_OPEN
            case _ if view.patch is None:
                return NO_DIFF
            case _ if command in (RESOLVE, REMOVE):
                return None if self._selected is not None else NO_COMMENT
            case _ if command in (READ, NEXT_UNREAD):
                return self._why_not_marked(command)
            case _ if command == COMMENT:
                return self._why_no_comment()
            case _:
                return None

    def label(self, command: Command) -> str:
        count = len(self.open_comments)
        return f"{command.label} {count}" if command == SEND and count else command.label

    def comment(self) -> None:
        """Write a comment on the range or the line, or edit the one at the cursor."""
        from agor_tui.app.dialogs.comment import CommentForm, EditForm

        session, task = self._subject().session, self._subject().task
        if (selected := self._selected) is not None:
            self._host.push_screen(EditForm(self._link, selected))
            return
        place = self._place()
        if place is not None:
            ended = task if task is not None and task.ended else None
            commits = view.patch.commits if (view := self._view).patch is not None else None
            self._host.push_screen(CommentForm(self._link, session, ended, place, commits), self._commented)

    def range(self) -> None:
        """Begin a range at the cursor, or drop the one that was begun."""
        self._view.range_start = self._view.cursor if self._view.range_start is None else None
        self._view.refresh()

    def drop_range(self) -> bool:
        """Drop the range; False if there is none."""
        if self._view.range_start is None:
            return False
        self.range()
        return True

    def mark(self) -> None:
        """Mark the hunk at the cursor as read and go to the next unread one; or as unread again."""
        view = self._view
        marked = view.marks.at(view.cursor)
        if marked is None:
            return
        keys, unread = frozenset(marked.hunk.keys), marked.unread(self._read)
        self._read = self._read | keys if unread else self._read - keys
        view.set_read(self._read)
        self._marking += 1
        session = self._subject().session
        read, again = (keys, frozenset[str]()) if unread else (frozenset[str](), keys)
        work = partial(review_loading.mark, session_id=session.session_id, read=read, unread=again)
        self._link.call(lambda daemon: work(daemon), self._marked, self._not_marked)
        if unread:
            self.next_unread()
        self._shown()

    def next_unread(self) -> None:
        """Go to the next hunk that nobody has read, from the last one to the first."""
        view = self._view
        here = view.marks.at(view.cursor)
        line = view.marks.next_unread(here.line if here is not None else -1, self._read)
        if line is not None:
            view.go_to(line, top=True)

    def send(self) -> None:
        """Open the form that sends the open comments."""
        from agor_tui.app.dialogs.send_comments import SendForm

        session = self._subject().session
        self._host.push_screen(SendForm(self._link, session, self.open_comments), self._sent)

    def resolve(self) -> None:
        """Resolve the comment at the cursor, or open it again."""
        if (selected := self._selected) is not None:
            closes = selected.status is not CommentStatus.RESOLVED and selected.status is not CommentStatus.STALE
            status = "resolved" if closes else "open"
            self._link.call(lambda daemon: daemon.patch("comments", selected.comment_id, {"status": status}))

    def remove(self) -> None:
        """Remove the comment at the cursor, once that is confirmed."""
        from agor_tui.app.dialogs.confirm import Confirm

        if (selected := self._selected) is not None:
            asked = Confirm("Remove this comment for good?", [selected.text], yes="remove it", no="keep it")
            self._host.push_screen(asked, partial(self._remove, selected))

    def _remove(self, selected: Comment, confirmed: bool | None) -> None:
        if confirmed:
            self._link.call(lambda daemon: daemon.remove("comments", selected.comment_id))

    # Helpers

    @property
    def _selected(self) -> Comment | None:
        session = self._subject().session
        held = self._link.records.reviews.get(session.session_id, {})
        return held.get(CommentId(self._view.current_comment))

    def _place(self) -> Place | None:
        view = self._view
        if view.patch is None:
            return None
        start = view.cursor if view.range_start is None else view.range_start
        return place_of(view.patch, start, view.cursor)

    def _why_no_comment(self) -> Reason | None:
        selected = self._selected
        if selected is not None:
            return None if selected.sent_in_task_id is None else SENT_ALREADY
        if not self._subject().own:
            return OTHER_SESSION
        return None if self._place() is not None else NOT_IN_A_FILE

    def _why_not_marked(self, command: Command) -> Reason | None:
        view = self._view
        if view.unread is None:
            return NOT_KNOWN
        if not view.marks.hunks:
            return NO_HUNK
        return ALL_READ if command == NEXT_UNREAD and not view.unread else None

    def _commented(self, record: dict[str, Any] | None) -> None:
        if record is not None:
            self.drop_range()

    def _marked(self, review: Review) -> None:
        self._marking -= 1
        if not self._marking:
            self._looked(review)

    def _not_marked(self, sentence: str) -> None:
        self._marking -= 1
        self._host.complain(sentence)
        self._look()

    def _sent(self, record: dict[str, Any] | None) -> None:
        if record is not None:
            elsewhere = record["session_id"] != self._subject().session.session_id
            of = f" of session {short_id(record['session_id'])}" if elsewhere else ""
            self._host.say(f"Sent as task {record['position']}{of}.")
