"""The link between the app and the daemon: it loads records, follows the feed and makes calls in threads."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from agor_core.errors import AgorError
from agor_core.ids import SessionId
from agor_core.wire.feed import Frame, Hello, Resync
from agor_tui.app import board_pages
from agor_tui.app.board_loader import BoardLoader
from agor_tui.app.busy import Busy, Work
from agor_tui.app.conversation_loader import ConversationLoader
from agor_tui.app.host import Host
from agor_tui.app.loading import Calls
from agor_tui.client.errors import NotAnswering, WentAway
from agor_tui.client.feed import Connected, Lost
from agor_tui.state.changes import Changes
from agor_tui.state.drafts import Drafts
from agor_tui.state.records import Records

T = TypeVar("T")

FRAME_SECONDS = 1 / 30
"""Changes within this time are shown together."""
LONGEST_FRAME = 0.5
"""Seconds until the next frame at most, however long the last one took."""
UNSURE = "It may have arrived all the same; sent again unchanged, it is done only once."
AWAITED_SECONDS = 5.0
"""How long keys wait until the feed brings a session that was just made."""


class DaemonLink:
    """The app's only way to the daemon. Calls run in threads, everything else in the event loop."""

    def __init__(
        self,
        host: Host,
        busy: Busy,
        connect: Callable[[], Calls],
        frames: Callable[[], AsyncIterator[Frame | Connected | Lost]],
    ) -> None:
        self.records = Records()
        self.loader = ConversationLoader(self.records, self)
        self.boards = BoardLoader(self.records, self)
        self.connected = False
        self.ready = False
        self.drafts = Drafts()
        self.busy = busy
        self._host = host
        self._connect = connect
        self._frames = frames
        self._daemon: Calls | None = None
        self._pending = Changes()
        self._frame: Work | None = None
        """Runs from the first change of a frame until its changes are shown."""
        self._took = 0.0
        """Seconds that it took to show the last frame; slow frames come less often."""
        self._awaited: dict[SessionId, tuple[Callable[[], object], Work]] = {}
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="agor-call")

    def start(self) -> None:
        """Connect and follow the feed until the app ends."""
        self._host.run_worker(self._follow(self.busy.begin()))

    def close(self) -> None:
        """Cancel the calls that have not started."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def call(
        self,
        work: Callable[[Calls], T],
        then: Callable[[T], object] | None = None,
        failed: Callable[[str], object] | None = None,
    ) -> None:
        """Call ``work`` in a thread, then ``then`` with its answer here; on an error ``failed`` with its message.

        Without ``failed`` the message becomes a toast.
        """
        self._host.run_worker(self._call(self.busy.begin(), work, then, failed or self._host.complain))

    def complain(self, sentence: str) -> None:
        """Show a toast about a failure."""
        self._host.complain(sentence)

    def call_to_open(
        self, work: Callable[[Calls], T], then: Callable[[T], object], failed: Callable[[str], object] | None = None
    ) -> None:
        """As `call`, for an answer that opens a screen: keys wait for it."""
        self._host.run_worker(self._call(self.busy.begin(holds_keys=True), work, then, failed or self._host.complain))

    def make(
        self,
        place: str,
        body: Mapping[str, Any],
        names: Sequence[str],
        ask: Callable[[Calls, dict[str, Any]], T],
        then: Callable[[T], object] | None,
        failed: Callable[[str], object],
    ) -> None:
        """As `call`, for a request that creates records; ``names`` are the fields of their ids.

        A request that is repeated unchanged at the same ``place`` after a failure has the same ids, so that its
        records are created once.
        """
        ids = self.drafts.ids(place, body, names)

        def work(daemon: Calls) -> T:
            try:
                return ask(daemon, {**body, **ids})
            except (NotAnswering, WentAway) as error:
                raise AgorError(f"{error.message.rstrip('.')}. {UNSURE}") from None

        def refused(sentence: str) -> None:
            self.drafts.failed(place, body, ids)
            failed(sentence)

        self.call(work, then, refused)

    def when_known(self, session_id: SessionId, then: Callable[[], object]) -> None:
        """Call ``then`` as soon as the feed brings a session; keys wait for it, at most AWAITED_SECONDS."""
        if session_id in self.records.sessions:
            then()
            return
        self._awaited[session_id] = then, self.hold_keys(AWAITED_SECONDS)

    def hold_keys(self, seconds: float) -> Work:
        """Let keys wait until the work is done, at most so many seconds."""
        work = self.busy.begin(holds_keys=True)
        self._host.set_timer(seconds, work.done)
        return work

    async def _follow(self, starting: Work) -> None:
        try:
            self._daemon = await self._in_thread(self._connect)
        except AgorError as error:
            starting.done()
            self._host.give_up(error.message)
            return
        async for frame in self._frames():
            match frame:
                case Connected():
                    self._stand(connected=True)
                case Lost():
                    self._stand(connected=False)
                case Hello() if not self.ready:
                    await self._load()
                    starting.done()
                case Resync():
                    await self._load()
                case Hello():
                    pass
                case _:
                    self.note(self.records.apply(frame))

    async def _load(self) -> None:
        """Load all records and open conversations anew. Frames that arrive meanwhile wait in the feed."""
        daemon = self._daemon
        if daemon is None:
            return
        now = self._host.clock.now()
        while True:
            try:
                found = await self._in_thread(lambda: board_pages.board_records(daemon, now))
                break
            except AgorError as error:
                self._host.complain(error.message)
                await asyncio.sleep(1)
        self.boards.begin(found)
        self.ready = True
        for session_id, conversation in self.records.conversations.items():
            conversation.clear()
            if session := self.records.session(session_id):
                self.loader.open(session)
        self.note(Changes(resync=True))

    async def _call(
        self,
        call: Work,
        work: Callable[[Calls], T],
        then: Callable[[T], object] | None,
        failed: Callable[[str], object],
    ) -> None:
        try:
            answered = await self._answer(work, then, failed)
            if self._host.screen_stack:  # none while the app ends
                answered()
        finally:
            call.done()

    async def _answer(
        self, work: Callable[[Calls], T], then: Callable[[T], object] | None, failed: Callable[[str], object]
    ) -> Callable[[], object]:
        """Make a call and return the callback for its answer."""
        daemon = self._daemon
        if daemon is None:
            return partial(failed, "The daemon is not there yet.")
        try:
            answer = await self._in_thread(lambda: work(daemon))
        except AgorError as error:
            return partial(failed, error.message)
        return partial(then, answer) if then is not None else lambda: None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _stand(self, *, connected: bool) -> None:
        self.connected = connected
        self._host.standing_changed()

    def note(self, changes: Changes) -> None:
        """Show changes, together with all others of this frame."""
        if not changes:
            return
        self._pending.merge(changes)
        if self._frame is None:
            self._frame = self.busy.begin()
            self._host.set_timer(min(LONGEST_FRAME, max(FRAME_SECONDS, 3 * self._took)), self._flush)

    def _flush(self) -> None:
        frame, self._frame = self._frame, None
        changes, self._pending = self._pending, Changes()
        for message_id in changes.stale:
            self.loader.read_message(message_id)
        self.boards.recount()
        begun = self._host.clock.monotonic()
        self._host.records_changed(changes)
        self._took = self._host.clock.monotonic() - begun
        for session_id in changes.sessions & self._awaited.keys():
            then, work = self._awaited.pop(session_id)
            then()
            work.done()
        if frame is not None:
            frame.done()
