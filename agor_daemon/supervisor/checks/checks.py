"""Checks: started by hand, after tasks, by races and landings; bounded in number and time, stopped, recovered."""

import asyncio
import contextlib
import logging
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from agor_core.clock import Clock
from agor_core.config.paths import Paths
from agor_core.db.connections import Reader, Writer
from agor_core.db.store import Store
from agor_core.domain.check import Check, CheckReason, CheckStatus
from agor_core.domain.repo import Repo
from agor_core.domain.task import TaskStatus
from agor_core.errors import AgorError, Conflict, ConsentNeeded, NotFound, Unavailable, Unprocessable
from agor_core.git import detached
from agor_core.ids import CheckId, SessionId, TaskId
from agor_core.repositories import checks, races, repos, sessions, tasks
from agor_daemon.access.requester import asked_by
from agor_daemon.new_ids import store_one
from agor_daemon.supervisor.agents import process
from agor_daemon.supervisor.agents.programs import AgentPrograms
from agor_daemon.supervisor.agents.root import CHECK, Root
from agor_daemon.supervisor.checks.job import Job, Room
from agor_daemon.supervisor.checks.journal import CheckEntry, CheckJournal
from agor_daemon.supervisor.checks.places import Places
from agor_daemon.supervisor.checks.targets import Target, command_for, find_target
from agor_daemon.supervisor.limits import Limits
from agor_daemon.supervisor.workspaces.presence import check_in_place
from agor_daemon.supervisor.workspaces.workspaces import Workspaces

INTERRUPTED = "The daemon ended while this check ran; run it again."
DAEMON_STOPPED = "The daemon was stopped."
STOPPED = "It was stopped."
LOGS_KEPT = 30
"""Logs of one session; the files of older checks go, their records stay."""
PIECE = 256 * 1024
_log = logging.getLogger("agor.supervisor")


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """A check to run: see :class:`agor_core.wire.requests.RunCheck`; ``by`` asks, None is the present requester."""

    command: str | None = None
    at: int | str | None = None
    at_start: bool = False
    reason: CheckReason = CheckReason.HAND
    consent: str | None = None
    check_id: str | None = None
    by: str | None = None


class Checks:
    """Owns every check that runs; its owner calls :meth:`recover` first and :meth:`close` last."""

    def __init__(
        self, store: Store, clock: Clock, limits: Limits, programs: AgentPrograms, workspaces: Workspaces, paths: Paths
    ) -> None:
        self._journal = CheckJournal(paths.home / "checks.json")
        slots = asyncio.Semaphore(limits.checks)
        places = Places(workspaces, self._journal, paths)
        self._room = Room(store, clock, limits, programs, workspaces.stores, places, slots)
        self._logs = paths.check_logs
        self._home = str(paths.home)
        self._jobs: dict[CheckId, Job] = {}
        self._coming: set[asyncio.Task[None]] = set()
        self._closing = False

    async def start(self, session_id: SessionId, request: CheckRequest) -> Check:
        """Store a check, which then runs by itself; the stored one if its id is known.

        Raises NotFound, Ambiguous, Conflict, Unavailable, and Unprocessable where there is nothing to run or to look
        at, ConsentNeeded among them.
        """
        if self._closing:
            raise Unavailable("The daemon is stopping.")
        store = self._room.store
        target = await store.read(lambda r: find_target(r, session_id, request.at, at_start=request.at_start))
        await check_in_place(store, target.session)
        text = await asyncio.to_thread(command_for, target, request.command, request.consent)
        if request.command is None and request.consent is not None and target.repo is not None:
            repo_id, digest = target.repo.repo_id, request.consent
            await store.write(lambda w: _trust(w, repos.get(w, repo_id, lock=True), digest))
        by = request.by or asked_by()

        def put(w: Writer, identifier: str) -> Check:
            return checks.insert(w, self._record(w.at, identifier, target, text, request.reason, by))

        check = await store_one(store, put, given=request.check_id)
        if not check.ended and check.check_id not in self._jobs:
            self._begin(check, target, here=request.command is not None)
        return check

    async def wait(self, check_id: CheckId) -> Check:
        """The check once it has ended. Raises NotFound."""
        if (job := self._jobs.get(check_id)) is not None:
            await asyncio.wait({job.task})
        return await self._room.store.read(lambda r: checks.get(r, check_id))

    async def run(self, session_id: SessionId, request: CheckRequest) -> Check:
        """Start a check and wait for its end. Raises as :meth:`start`."""
        return await self.wait((await self.start(session_id, request)).check_id)

    async def stop(self, check_id: CheckId, reason: str = STOPPED) -> Check:
        """End a check with all that it started; an ended one stays as it is. Raises NotFound."""
        if (job := self._jobs.get(check_id)) is not None:
            job.stop(reason)
        return await self.wait(check_id)

    async def latest(self, session_id: SessionId, text: str | None = None) -> tuple[str | None, Check | None]:
        """Git's name of a session's present files, and the latest check of just these by this or the repo's command.

        None where there is none, or no command. Raises NotFound, GitFailed.
        """
        target = await self._room.store.read(lambda r: find_target(r, session_id, None))
        tree = await self._room.places.tree_now(target)
        try:
            wanted = await asyncio.to_thread(command_for, target, text, None)
        except Unprocessable:
            return tree, None
        if tree is None:
            return None, None
        return tree, await self._room.store.read(lambda r: checks.latest_of_tree(r, tree, wanted))

    def after_task(self, session_id: SessionId, task_id: TaskId) -> None:
        """Begin the check of a task that has ended, if the settings or its race say so."""
        if not self._closing:
            doing = asyncio.create_task(self._after_task(session_id, task_id), name=f"agor check after {task_id}")
            self._coming.add(doing)
            doing.add_done_callback(self._coming.discard)

    def check_free(self, worktree_id: str) -> None:
        """Raises Conflict while a check runs in a worktree that is to go."""
        for job in self._jobs.values():
            tree = job.target.worktree
            if job.in_place and tree is not None and tree.worktree_id == worktree_id:
                raise Conflict(f"A check runs in the worktree {tree.path}; stop it first, or wait for its end.")

    async def log(self, check_id: CheckId) -> AsyncIterator[bytes]:
        """The output of a check so far, in pieces. Raises NotFound if its file is gone."""
        check = await self._room.store.read(lambda r: checks.get(r, check_id))
        file = Path(check.log_path or "")
        try:
            opened = await asyncio.to_thread(file.open, "rb")
        except OSError:
            if not check.ended:
                return
            raise NotFound("log", check_id, "The output of this check is not kept any more.") from None
        with opened:
            while piece := await asyncio.to_thread(opened.read, PIECE):
                yield piece

    async def recover(self) -> int:
        """After a crash: end what the checks left running, remove their working trees, and settle their records."""
        for entry in self._journal.left_behind():
            mark = {CHECK: entry.check_id, "AGOR_HOME": self._home}
            await process.end_tree(Root(0, "", mark), owns_group=False, grace=self._room.limits.end)
            if entry.repo is not None and entry.path is not None:
                await detached.remove(Path(entry.repo), Path(entry.path))
        self._journal.clear()
        interrupted = await self._room.store.write(_interrupt)
        known = await self._room.store.read(checks.sessions_with_checks)
        await asyncio.to_thread(_sweep, self._logs, known)
        return interrupted

    async def close(self) -> None:
        """Stop all checks."""
        self._closing = True
        for doing in list(self._coming):
            doing.cancel()
        while jobs := list(self._jobs.values()):
            for job in jobs:
                job.stop(DAEMON_STOPPED)
            await asyncio.wait({job.task for job in jobs})

    def _record(self, at: str, identifier: str, target: Target, text: str, reason: CheckReason, by: str) -> Check:
        session_id = target.session.session_id
        return Check(
            check_id=CheckId(identifier),
            session_id=session_id,
            task_id=target.task_id,
            command=text,
            log_path=str(self._logs / session_id / f"{identifier}.log"),
            reason=reason,
            created_by=by,
            created_at=at,
            updated_at=at,
        )

    def _begin(self, check: Check, target: Target, *, here: bool) -> None:
        job = self._jobs[check.check_id] = Job(self._room, check, target, here=here)
        self._journal.add(CheckEntry(check_id=check.check_id))
        with contextlib.suppress(OSError):
            _thin_out(Path(check.log_path or "").parent)

        def ended(_: "asyncio.Task[None]") -> None:
            self._jobs.pop(check.check_id, None)
            self._journal.remove(check.check_id)

        job.task.add_done_callback(ended)

    async def _after_task(self, session_id: SessionId, task_id: TaskId) -> None:
        try:
            wanted = await self._room.store.read(lambda r: _wanted(r, task_id, self._room.limits.check_tasks))
            if wanted is None:
                return
            reason, text, by = wanted
            request = CheckRequest(text, task_id, reason=reason, by=by)
            try:
                await self.start(session_id, request)
            except ConsentNeeded as error:
                await self._store_error(session_id, task_id, request, str(error))
        except Unprocessable as error:
            _log.info("task %s is not checked: %s", task_id, error)
        except AgorError as error:
            _log.warning("task %s cannot be checked: %s", task_id, error)

    async def _store_error(self, session_id: SessionId, task_id: TaskId, request: CheckRequest, error: str) -> None:
        """Store a check that was to run by itself and may not."""
        target = await self._room.store.read(lambda r: find_target(r, session_id, task_id))

        def put(w: Writer, identifier: str) -> Check:
            record = self._record(w.at, identifier, target, ".agor.toml", request.reason, request.by or "")
            return checks.insert(
                w, replace(record, status=CheckStatus.ERROR, error=error, ended_at=w.at, log_path=None)
            )

        await store_one(self._room.store, put)


def _wanted(r: Reader, task_id: TaskId, by_config: bool) -> tuple[CheckReason, str | None, str | None] | None:
    """Why a task that has ended is to be checked, by which command (None: the repo's), and who asked for the task.

    None for one that is not: also for one that was cancelled.
    """
    task = tasks.get(r, task_id)
    session = sessions.get(r, task.session_id)
    if task.status is TaskStatus.CANCELLED:
        return None
    if session.race_id is not None and (command := races.get(r, session.race_id).check) is not None:
        return CheckReason.RACE, command, task.created_by
    repo = repos.get(r, session.repo.repo_id) if session.repo.repo_id is not None else None
    if repo is None:
        return None
    own = repo.settings.check_tasks
    return (CheckReason.TASK, None, task.created_by) if (by_config if own is None else own) else None


def _trust(w: Writer, repo: Repo, digest: str) -> None:
    if digest not in repo.trust.commands:
        trust = replace(repo.trust, commands=(*repo.trust.commands, digest))
        repos.update(w, replace(repo, trust=trust))


def _interrupt(w: Writer) -> int:
    """Settle the checks that a crash interrupted; how many."""
    found = checks.running(w)
    for check in found:
        checks.update(w, replace(check, status=CheckStatus.ERROR, error=INTERRUPTED, ended_at=w.at))
    return len(found)


def _thin_out(folder: Path) -> None:
    """Delete the logs of older checks."""
    for file in sorted(folder.glob("*.log"))[: -LOGS_KEPT + 1]:
        file.unlink()


def _sweep(logs: Path, known: frozenset[SessionId]) -> None:
    """Delete the logs of sessions that are no more."""
    for folder in logs.iterdir() if logs.is_dir() else ():
        if folder.name not in known:
            shutil.rmtree(folder, ignore_errors=True)
