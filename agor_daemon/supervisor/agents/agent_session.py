"""A session's agent: its process is started, its conversation opened and prompted, and the process ended."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import msgspec

from agor_core.config import pidfile
from agor_core.db.connections import Reader
from agor_core.db.store import Store
from agor_core.domain.approval import ApprovalOption
from agor_core.domain.message import Role, ToolCall
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.errors import AgentFailed
from agor_core.ids import SessionId
from agor_core.repositories import sessions, tasks
from agor_core.repositories.genealogy import inheritance
from agor_daemon.supervisor import retrying
from agor_daemon.supervisor.agents import process
from agor_daemon.supervisor.agents.acp_client import AcpClient
from agor_daemon.supervisor.agents.choosing import Choosing, Wishes, checked
from agor_daemon.supervisor.agents.connection import STEER, AgentConnection, LineTooLong, SessionLost, load_sdk
from agor_daemon.supervisor.agents.late_work import LateWork
from agor_daemon.supervisor.agents.opening import Opening
from agor_daemon.supervisor.agents.programs import AgentPrograms
from agor_daemon.supervisor.agents.proposed_edits import against_file
from agor_daemon.supervisor.agents.session_records import place, store_id
from agor_daemon.supervisor.agents.transport import AgentTransport
from agor_daemon.supervisor.limits import Limits
from agor_daemon.supervisor.recording import transcripts
from agor_daemon.supervisor.recording.recorder import Recorder
from agor_daemon.supervisor.recording.transcripts import Transcript

_log = logging.getLogger("agor.supervisor")


class Permissions(Protocol):
    """Where an agent's requests for permission are decided."""

    async def ask(self, task: Task, tool: ToolCall, options: tuple[ApprovalOption, ...]) -> str | None:
        """The chosen option's id; None for a request that was cancelled, or refused without a fitting option."""

    async def cancel(self, session_id: SessionId) -> None:
        """Cancel a session's open requests."""


class AgentSession:
    """At most one process; ``agent_session_id`` is the agent's own id of the conversation that is open in it."""

    def __init__(
        self,
        session_id: SessionId,
        recorder: Recorder,
        *,
        store: Store,
        programs: AgentPrograms,
        permissions: Permissions,
        limits: Limits,
    ) -> None:
        self.recorder = recorder
        self.agent_session_id: str | None = None
        self.grace = limits.end
        self.late = LateWork()
        self.asking = 0
        """Its requests for permission that wait for an answer."""
        self._session_id = session_id
        self._store = store
        self._programs = programs
        self._permissions = permissions
        self._limits = limits
        self._connection: AgentConnection | None = None
        self._options = asyncio.Lock()
        """Held while the conversation is opened, and while its mode or model is changed."""
        self._stopping = False
        self._id_stored = False
        self._transcript: Transcript | None = None
        self._task: Task | None = None
        self._prompted = 0.0

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self._connection is not None and self._connection.alive

    async def ready(self, session: Session, task: Task) -> None:
        """Start the process and open the conversation, unless both are there. Raises AgentFailed, AgentNotInstalled."""
        self.take_up(task)
        process.check_folder(Path(session.repo.cwd))
        if self.alive and self.agent_session_id is not None:
            return
        await self.end()
        async with self._options:
            now = await retrying.read(self._store, lambda r: sessions.get(r, self._session_id))
            try:
                asked = msgspec.structs.replace(session, mode=now.mode, model=now.model, options=now.options)
                await self._open(asked, task)
            except BaseException:
                await self.end()
                raise

    def take_up(self, task: Task) -> None:
        """Work for this task from here on; what was held while there was none is recorded for it."""
        self._task, self._stopping = task, False
        if held := self.late.take():
            self.recorder.begin_prompt()
        for params in held:
            self.recorder.update(params)

    async def works_on(self) -> bool:
        """Whether something runs that was started since the last prompt: work in the background."""
        return self._connection is not None and await self._connection.process.started_since(self._prompted)

    @asynccontextmanager
    async def choosing(self, session: Session, wishes: Wishes) -> AsyncIterator[dict[str, str | None]]:
        """Send a change of mode or model to the agent if it runs, and yield what is to be stored meanwhile.

        Without a running agent the wishes are checked against what it offered last. Raises InvalidInput, AgentFailed.
        """
        async with self._options:
            spec, connection, opened = self._programs.spec(session.agent), self._connection, self.agent_session_id
            if connection is None or not connection.alive or opened is None:
                yield checked(spec, self._programs.options(session.agent), wishes)
            else:
                yield await Choosing(connection, spec, self.recorder, opened, self._limits.start).change(wishes)

    async def start(self, session: Session) -> AgentConnection:
        """Start the process and initialize the protocol. The caller calls :meth:`end`, even if this raises."""
        programs = self._programs
        spec = programs.spec(session.agent)
        command, sdk = programs.command(spec), await load_sdk()
        folder = Path(session.repo.cwd)
        told = await retrying.read(self._store, lambda r: place(r, session))
        started = await process.start(
            command,
            cwd=folder,
            environment=programs.environment(spec, self._session_id) | told,
            mark=programs.mark(self._session_id),
        )
        programs.journal.note(started.root.pid, started.root.started, self._session_id)
        recorder = self.recorder
        recorder.attach(spec.adapter())
        transport = AgentTransport(
            started,
            on_update=self._update,
            wait_for_room=recorder.wait_for_room,
            on_answer=partial(self._note_answer, spec.name),
        )
        client = AcpClient(sdk, folder, partial(self._ask, folder))
        connection = self._connection = AgentConnection(spec.title, sdk, started, transport, client)
        _log.info("session %s: started %s, process %d", self._session_id, session.agent, started.root.pid)
        await connection.initialize(self._limits.start, file_methods=spec.file_methods)
        programs.introduce(spec.name, connection.version, connection.capabilities, connection.agent_name)
        return connection

    async def fork(self, session: Session, agent_session_id: str, at_message: str | None) -> None:
        """Open a new conversation as the agent's own fork of another. Raises AgentFailed."""
        connection = await self.start(session)
        self.agent_session_id = await self._opening(connection, session).fork(agent_session_id, at_message)

    async def prompt(self, text: str) -> Mapping[str, Any]:
        """Run one turn and return the raw result; a conversation that a warm agent lost is resumed in a new process."""
        try:
            return await self._prompt(text)
        except SessionLost as lost:
            _log.warning("session %s: %s", self._session_id, lost)
        task = self._task
        await self.end()
        if task is None:
            raise AgentFailed("The agent's process has ended.")
        session = await retrying.read(self._store, lambda r: sessions.get(r, self._session_id))
        await self.ready(session, task)
        return await self._prompt(text)

    async def _prompt(self, text: str) -> Mapping[str, Any]:
        """Send a prompt; the conversation's id is stored before its first one."""
        connection, agent_session_id = self._connection, self.agent_session_id
        if connection is None or agent_session_id is None:
            raise AgentFailed("The agent's process has ended.")
        if not self._id_stored:
            version = connection.version
            await retrying.write(self._store, lambda w: store_id(w, self._session_id, agent_session_id, version))
            self._id_stored = True
        blocks: list[dict[str, Any]] = [{"type": "text", "text": text}]
        if self._transcript is not None:
            blocks.insert(0, self._transcript.block())
            self._transcript = None
        self.recorder.begin_prompt()
        self._prompted = pidfile.moment()
        return await connection.prompt(agent_session_id, blocks)

    async def steer(self, text: str) -> bool:
        """Put a message into the running turn; False if the agent does not take one there."""
        connection, opened = self._connection, self.agent_session_id
        if connection is None or opened is None or STEER not in connection.capabilities:
            return False
        try:
            taken = await connection.steer(opened, text, self._limits.cancel)
        except AgentFailed as error:
            _log.warning("session %s: %s", self._session_id, error)
            return False
        if taken:
            self.recorder.add_message(Role.USER, text)
        return taken

    async def cancel(self) -> None:
        """Ask the agent to end its turn, and cancel its open requests for permission."""
        self._stopping = True
        try:
            if self._connection is not None and self.agent_session_id is not None:
                await self._connection.cancel(self.agent_session_id)
        finally:
            await self._permissions.cancel(self._session_id)

    async def end_started(self) -> None:
        """End what was started since the last prompt; the agent and what it had before stay warm."""
        if self._connection is not None:
            await self._connection.process.end_started(self._prompted, self.grace)

    async def end(self) -> None:
        """End the process and its descendants; completed even if the caller is cancelled."""
        connection, self._connection = self._connection, None
        self.agent_session_id, self._id_stored, self._transcript = None, False, None
        if connection is None:
            return
        ending = asyncio.create_task(self._end(connection), name="agor agent end")
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            await asyncio.wait({ending})
            raise

    async def _end(self, connection: AgentConnection) -> None:
        try:
            await connection.end(self.grace)
        finally:
            self._programs.journal.remove(connection.process.root.pid)
            _log.info("session %s: ended process %d", self._session_id, connection.process.root.pid)

    async def exited(self) -> None:
        """Return when the present process has ended."""
        if self._connection is not None:
            await self._connection.process.exited.wait()

    async def _open(self, session: Session, task: Task) -> None:
        """Resume the conversation; if the agent cannot, begin a new one with the transcript of the earlier tasks."""
        opening = self._opening(await self.start(session), session)
        previous = session.agent_sessions[-1] if session.agent_sessions else None
        try:
            if previous is not None and await opening.again(previous, has_history=task.position > 1):
                self.agent_session_id = previous
                return
        except LineTooLong as error:  # the replay of a conversation that holds such a line never succeeds
            _log.warning("session %s: %s", self._session_id, error)
            await self.end()
            opening = self._opening(await self.start(session), session)
        self.agent_session_id = await opening.new()
        self._transcript = await retrying.read_many(self._store, lambda r: self._earlier(r, session, task))
        if previous is not None:
            self.recorder.add_message(
                Role.SYSTEM, "The agent could not take its conversation up again; a new one was given the transcript."
            )

    def _note_answer(self, agent: str, method: str, answer: Mapping[str, Any]) -> None:
        """Take the modes and models from an answer, and remember them for sessions whose agent does not run."""
        selection = self.recorder.adapter.selection
        selection.answered(method, answer)
        self._programs.offer(agent, selection.options)

    def _opening(self, connection: AgentConnection, session: Session) -> Opening:
        spec = self._programs.spec(session.agent)
        return Opening(connection, spec, session, self.recorder, self._limits.start)

    def _earlier(self, r: Reader, session: Session, task: Task) -> Transcript | None:
        """The transcript of all tasks before this one, inherited ones included."""
        own = [earlier for earlier in tasks.of_session(r, session.session_id) if earlier.position < task.position]
        return transcripts.of(r, [*inheritance(r, session).tasks, *own], self._limits.history)

    def _update(self, params: Mapping[str, Any]) -> None:
        """Record an update of the open conversation; one that comes while no prompt runs waits for its task."""
        if self._is_ours(params) and not self.late.holds(params, time.monotonic()):
            self.recorder.update(params)

    def _is_ours(self, params: Mapping[str, Any]) -> bool:
        """Whether params name the conversation that is open; before one is open, and without a name, they count."""
        named = params.get("sessionId")
        if self.agent_session_id is None or named is None or named == self.agent_session_id:
            return True
        _log.debug("session %s: the agent speaks of another conversation: %.100r", self._session_id, named)
        return False

    async def _ask(self, folder: Path, params: Mapping[str, Any]) -> str | None:
        """Record the tool call that a permission request is about, then put the request to a person.

        ``folder`` is the agent's.
        """
        if not self._is_ours(params) or not await self.late.opened():
            return None
        task = self._task
        if task is None:
            return None
        tool, options = self.recorder.adapter.approval_of(params)
        self.recorder.ensure_call(tool)
        await self.recorder.flush()
        tool = await asyncio.to_thread(against_file, tool, folder)
        if self._stopping:
            return None
        self.asking += 1
        try:
            return await self._permissions.ask(task, tool, options)
        finally:
            self.asking -= 1
