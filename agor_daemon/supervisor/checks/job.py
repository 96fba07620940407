"""One check from its wait for others to its outcome."""

import asyncio
import logging
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from agor_core.agents.registry import AgentSpec
from agor_core.clock import Clock, timestamp
from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.domain.check import Check, CheckStatus
from agor_core.errors import AgorError, Unprocessable
from agor_core.git import checkpoints as git_checkpoints
from agor_core.repositories import checks
from agor_daemon.supervisor import retrying
from agor_daemon.supervisor.agents.programs import AgentPrograms
from agor_daemon.supervisor.agents.root import CHECK, Root
from agor_daemon.supervisor.checks import command
from agor_daemon.supervisor.checks.bounded_log import BoundedLog
from agor_daemon.supervisor.checks.command import CommandCall
from agor_daemon.supervisor.checks.places import Place, Places
from agor_daemon.supervisor.checks.targets import Target
from agor_daemon.supervisor.limits import Limits
from agor_daemon.supervisor.workspaces.checkpoint_stores import CheckpointStores

TOO_LONG = "The check took longer than {seconds:g} seconds and was ended."
BEFORE = "The same files were checked by the same command at {at} already: {status}. It ran again."
UNSEEN = "The files could not be looked at after the check: {error}"
GONE = "The folder {folder} is not there any more, and no checkpoint of its files is kept."
_log = logging.getLogger("agor.supervisor")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a check ended; ``tail`` and ``duration`` come on top."""

    status: CheckStatus
    exit_code: int | None = None
    error: str | None = None
    notes: tuple[str, ...] = ()
    duration: float | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """What all checks share: ``slots`` bound how many run, ``folders`` hold a lock for each folder in use."""

    store: Store
    clock: Clock
    limits: Limits
    programs: AgentPrograms
    stores: CheckpointStores
    places: Places
    slots: asyncio.Semaphore
    folders: dict[Path, asyncio.Lock] = field(default_factory=dict)


class Job:
    """Runs once, as an asyncio task; ``here`` says that the command runs where the session works, not at the top."""

    def __init__(self, room: Room, check: Check, target: Target, *, here: bool) -> None:
        self.target = target
        self.in_place = False
        """Whether it runs in the session's own folder now."""
        self._room = room
        self._check = check
        self._here = here
        self._log: BoundedLog | None = None
        self._tail: str | None = None
        self._reason: str | None = None
        self.task = asyncio.create_task(self._run(), name=f"agor check {check.check_id}")

    def stop(self, reason: str) -> None:
        """End the check, as stopped for this reason; it takes a moment."""
        if self._reason is None:
            self._reason = reason
            self.task.cancel()

    async def _run(self) -> None:
        try:
            outcome = await self._outcome()
        except asyncio.CancelledError:
            outcome = Outcome(CheckStatus.STOPPED, error=self._reason or "It was stopped.")
        except (AgorError, OSError) as error:
            outcome = Outcome(CheckStatus.ERROR, error=str(error))
        except Exception as error:  # noqa: BLE001 - logged; the record must get an end
            _log.exception("the check %s broke", self._check.check_id)
            outcome = Outcome(
                CheckStatus.ERROR, error=f"Agor made a mistake here ({type(error).__name__}); see its log."
            )
        self._reason = self._reason or "It has ended."
        tail = "" if self._log is None else await asyncio.to_thread(self._log.close)
        tail = tail if self._tail is None else self._tail
        try:
            await retrying.write(self._room.store, lambda w: self._end(w, outcome, tail))
        except AgorError as error:
            _log.warning("the end of check %s is not stored: %s", self._check.check_id, error)

    async def _outcome(self) -> Outcome:
        commit = await self._commit()
        if commit is None:
            folder = self.target.folder if self.target.worktree is None else Path(self.target.worktree.path)
            lock = self._room.folders.setdefault(folder, asyncio.Lock())
            async with lock, self._room.slots:
                self.in_place = True
                await self._begin()
                place = await self._room.places.present(self.target)
                outcome = await self._judged(place)
                changed = await self._changes(place)
                self.in_place = False
                return outcome if changed is None else _noted(outcome, changed)
        async with self._room.slots:
            await self._begin()
            check_id = self._check.check_id
            async with self._room.places.scratch(self.target, commit, check_id, self._step) as place:
                return await self._judged(place)

    async def _changes(self, place: Place) -> str | None:
        """A sentence about files that changed meanwhile; what the check said of them before stands."""
        try:
            return await self._room.places.changes(self.target, place)
        except (AgorError, OSError) as error:
            return UNSEEN.format(error=error)

    async def _commit(self) -> str | None:
        """The checkpoint to check; None for the session's own folder, where that holds just these files."""
        target = self.target
        there = await asyncio.to_thread(target.folder.is_dir)
        if target.commit is None:
            if there:
                return None
            kept = target.session.git_state.checkpoint
            if kept is None:
                raise Unprocessable(GONE.format(folder=target.folder))
            return kept
        if not (there and target.latest and target.repo is not None) or target.session.active:
            return target.commit
        store = await self._room.stores.of(target.repo.repo_id, target.folder)
        kept_tree = (await git_checkpoints.load(store, target.commit)).tree
        return None if await self._room.places.tree_now(target) == kept_tree else target.commit

    async def _judged(self, place: Place) -> Outcome:
        """Run the command in a place that is ready."""
        limits = self._room.limits
        earlier = await self._note(place.tree)
        began = asyncio.get_running_loop().time()
        folder = place.folder if self._here else place.top
        code = await self._command(self._check.command, folder, place.variables, limits.check)
        self._tail = "" if self._log is None else self._log.tail()  # what a tear-down says is not the check's
        duration = round(asyncio.get_running_loop().time() - began, 3)
        if code is None:
            error = TOO_LONG.format(seconds=limits.check)
            return Outcome(CheckStatus.FAILED, None, error, earlier, duration)
        return Outcome(CheckStatus.FAILED if code else CheckStatus.PASSED, code, None, earlier, duration)

    async def _step(self, text: str, folder: Path, variables: dict[str, str]) -> int | None:
        """Run the set-up or the tear-down of a working tree, into the same log."""
        return await self._command(text, folder, variables, self._room.limits.setup)

    async def _command(self, text: str, folder: Path, variables: dict[str, str], seconds: float) -> int | None:
        programs, session_id = self._room.programs, self.target.session.session_id
        mark = programs.mark(session_id) | {CHECK: self._check.check_id}
        env = programs.environment(AgentSpec("check", "Check", ()), session_id) | variables | mark
        if self._log is None:
            self._log = await asyncio.to_thread(BoundedLog, Path(self._check.log_path or ""))
        roots: list[Root] = []

        def started(root: Root) -> None:
            roots.append(root)
            programs.journal.note(root.pid, root.started, session_id)  # what calls from below it is the agent's

        call = CommandCall(text, folder, env, mark, seconds, self._room.limits.end)
        try:
            return await command.run(call, self._log, started)
        finally:
            for root in roots:
                programs.journal.remove(root.pid)

    async def _begin(self) -> None:
        await self._store(started_at=timestamp(self._room.clock.now()))

    async def _note(self, tree: str | None) -> tuple[str, ...]:
        """Store which files are checked; a sentence if they were before."""
        earlier = None
        if tree is not None:
            text = self._check.command
            earlier = await self._room.store.read(lambda r: checks.latest_of_tree(r, tree, text))
        notes = () if earlier is None else (BEFORE.format(at=earlier.ended_at, status=earlier.status),)
        await self._store(tree=tree, notes=notes)
        return notes

    async def _store(self, **fields: object) -> None:
        def write(w: Writer) -> Check:
            return checks.update(w, replace(checks.get(w, self._check.check_id, lock=True), **fields))

        self._check = await retrying.write(self._room.store, write)

    def _end(self, w: Writer, outcome: Outcome, tail: str) -> None:
        current = checks.get(w, self._check.check_id, lock=True)
        if not current.ended:
            fields = {"status": outcome.status, "exit_code": outcome.exit_code, "error": outcome.error}
            notes = outcome.notes or current.notes
            ended = {"notes": notes, "tail": tail, "duration": outcome.duration, "ended_at": w.at}
            checks.update(w, replace(current, **fields, **ended))


def _noted(outcome: Outcome, note: str) -> Outcome:
    return Outcome(outcome.status, outcome.exit_code, outcome.error, (*outcome.notes, note), outcome.duration)
