"""The trash: sessions that were removed for good, with worktree, branch and checkpoints, for as long as they are kept.

A session's records are a file in the home; its checkpoints stay in the store under the refs of what was removed, which
expire by themselves. The files are written before the records go, and read by nobody until they are brought back.
"""

import asyncio
import logging
import zlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from agor_core.clock import Clock, parse_timestamp, timestamp
from agor_core.config import private_file
from agor_core.config.paths import Paths
from agor_core.db.store import Store
from agor_core.domain.message import Message
from agor_core.domain.session import Session
from agor_core.domain.trash import TrashedRecords, TrashItem
from agor_core.domain.worktree import Worktree
from agor_core.errors import AgorError, Ambiguous, Conflict, NotFound
from agor_core.git import refs
from agor_core.git.durability import SYNCED
from agor_core.git.object_store import ObjectStore
from agor_core.git.own_commits import tip_of
from agor_core.git.process import attempt
from agor_core.git.removed_work import KEPT_FOR
from agor_core.git.supplying import supply_history
from agor_core.ids import RepoId
from agor_core.repositories import messages, repos, trash
from agor_daemon.supervisor.workspaces.checkpoint_stores import CheckpointStores
from agor_daemon.supervisor.workspaces.worktree_again import WorktreesAgain

_CHECKPOINTS = "checkpoints"
_MESSAGES = msgspec.json.Decoder(Message)
_LINES = msgspec.json.Encoder()
PAGE = 200
"""Messages that are read at once."""
_SHORTEST = 4
"""Digits of an id that is typed."""
_log = logging.getLogger("agor.supervisor")


class _Place(NamedTuple):
    """What is known of a worktree that is about to go."""

    last: str | None = None
    tip: str | None = None


class Trash:
    """Keeps what was removed, and brings it back."""

    def __init__(self, store: Store, stores: CheckpointStores, again: WorktreesAgain, paths: Paths, clock: Clock):
        self._store = store
        self._stores = stores
        self._again = again
        self._folder = paths.trash
        self._scratch = paths.scratch
        self._clock = clock

    async def put(self, targets: Sequence[Session], trees: Sequence[Worktree]) -> None:
        """Keep sessions that are about to be removed, and what is known of the worktrees that go. Raises Conflict."""
        by_id = {tree.worktree_id: tree for tree in trees}
        for session in targets:
            tree = by_id.get(session.repo.worktree_id) if session.repo.worktree_id is not None else None
            try:
                await self._put(session, tree)
            except (AgorError, OSError) as error:
                message = f"The session {session.short_id} cannot be kept for a while, so nothing was removed: {error}"
                raise Conflict(message) from error

    async def drop(self, targets: Sequence[Session]) -> None:
        """Forget sessions that were not removed after all."""
        for session in targets:
            await self._delete(session.session_id)

    async def items(self) -> list[TrashItem]:
        """What can be brought back, the latest first."""
        found = await asyncio.to_thread(_items, self._folder)
        return sorted(found, key=lambda item: item.removed_at, reverse=True)

    async def put_back(self, given: str) -> Session:
        """Bring a session back, as it was: its records, checkpoints, branch and worktree.

        Raises NotFound, Ambiguous, and Conflict where something that it needs is gone, or in its place.
        """
        item = _named(await self.items(), given)
        records = await asyncio.to_thread(_read, self._files(item.session_id)[0])
        session = records.session
        kept = await self._store_of(session)
        if kept is not None:
            await self._put_refs_back(kept, records)
        if records.last is not None:
            state = msgspec.structs.replace(session.git_state, checkpoint=records.last)
            records = msgspec.structs.replace(records, session=msgspec.structs.replace(session, git_state=state))
        stored = await self._store.write(lambda w: trash.put_back(w, records))
        await self._delete(item.session_id)
        if Path(stored.repo.cwd).parent == self._scratch:
            await asyncio.to_thread(Path(stored.repo.cwd).mkdir, mode=0o700, parents=True, exist_ok=True)
        await self._worktree_back(kept, records)
        return stored

    async def expire(self, now: datetime) -> None:
        """Delete what was removed too long ago; its checkpoints expire in their stores."""
        for item in await self.items():
            if parse_timestamp(item.removed_at) + KEPT_FOR < now:
                await self._delete(item.session_id)

    async def _put(self, session: Session, tree: Worktree | None) -> None:
        now = self._clock.now()
        kept = await self._store_of(session)
        place = _Place()
        if kept is not None:
            await _keep_refs(kept, session.session_id, int(now.timestamp()))
            if tree is not None:
                place = await _place_of(kept, tree)
        records = await self._store.read_many(lambda r: trash.records_of(r, session, tree))
        last = place.last or (session.git_state.checkpoint if tree is not None else None)
        records = msgspec.structs.replace(records, last=last, tip=place.tip)
        item = TrashItem(
            session_id=session.session_id,
            short_id=session.short_id,
            title=session.title,
            agent=session.agent,
            task_count=session.task_count,
            removed_at=timestamp(now),
            until=timestamp(now + KEPT_FOR),
            repo_slug=session.repo.repo_slug,
            worktree_name=session.repo.worktree_name,
            branch=tree.ref if tree is not None else None,
        )
        body, info = self._files(session.session_id)
        content = await self._packed(records)
        await asyncio.to_thread(_write, body, info, content, item)

    async def _packed(self, records: TrashedRecords) -> bytes:
        """The records and, a line each, the messages, compressed; a page of messages is in memory at a time."""
        packer = zlib.compressobj(1)
        pieces = [packer.compress(msgspec.json.encode(records) + b"\n")]
        session_id, start = records.session.session_id, 0
        while page := await self._store.read(
            lambda r, start=start: messages.page_of_session(r, session_id, start, PAGE)  # type: ignore[misc]
        ):
            lines = _LINES.encode_lines(page)
            pieces.append(await asyncio.to_thread(packer.compress, lines))
            start = page[-1].index + 1
        return b"".join([*pieces, packer.flush()])

    async def _store_of(self, session: Session) -> ObjectStore | None:
        return self._stores.existing(session.repo.repo_id) if session.repo.repo_id is not None else None

    async def _put_refs_back(self, kept: ObjectStore, records: TrashedRecords) -> None:
        session_id = records.session.session_id
        back = {}
        for ref, commit in (await refs.refs_below(kept, refs.REMOVED)).items():
            _, name, what = ref.removeprefix(f"{refs.REMOVED}/").split("/", 2)
            if name == session_id and what.startswith(f"{_CHECKPOINTS}/"):
                back[f"{refs.CHECKPOINTS}/{session_id}/{what.partition('/')[2]}"] = commit
        if records.last is not None:
            back[refs.checkpoint_ref(session_id, "last", "now")] = records.last
        await _set(kept, back)

    async def _worktree_back(self, kept: ObjectStore | None, records: TrashedRecords) -> None:
        """Make branch and worktree again; what fails comes with the next prompt, or is said then."""
        tree = records.worktree
        if tree is None or kept is None:
            return
        try:
            main = Path((await self._store.read(lambda r: repos.get(r, RepoId(tree.repo_id)))).local_path)
            if records.tip is not None and tree.ref is not None and await asyncio.to_thread(main.is_dir):
                await supply_history(kept, main, records.tip)
                await attempt("update-ref", f"refs/heads/{tree.ref}", records.tip, "", cwd=main, config=SYNCED)
            await self._again.bring_back(records.session)
        except (AgorError, OSError) as error:
            _log.warning("the worktree %s is not there again yet: %s", tree.path, error)

    async def _delete(self, session_id: str) -> None:
        for file in reversed(self._files(session_id)):
            await asyncio.to_thread(file.unlink, missing_ok=True)

    def _files(self, session_id: str) -> tuple[Path, Path]:
        """The records, and what is listed of them, which is written last."""
        return self._folder / f"{session_id}.json.z", self._folder / f"{session_id}.json"


async def _keep_refs(kept: ObjectStore, session_id: str, when: int) -> None:
    """Keep a session's checkpoints as something that was removed."""
    found = await refs.checkpoint_refs(kept, session_id)
    below = f"{refs.CHECKPOINTS}/{session_id}/"
    names = {ref: f"{_CHECKPOINTS}/{ref.removeprefix(below)}" for ref in found}
    await _set(kept, {refs.removed_ref(when, session_id, names[ref]): commit for ref, commit in found.items()})


async def _set(kept: ObjectStore, wanted: dict[str, str]) -> None:
    if wanted:
        asked = "".join(f"update {ref} {commit}\n" for ref, commit in wanted.items())
        await kept.git("update-ref", "--stdin", stdin=asked.encode())


async def _place_of(kept: ObjectStore, tree: Worktree) -> _Place:
    """The last checkpoint of a worktree, which its removal has just kept, and the commit of its branch."""
    found = await refs.refs_below(kept, refs.REMOVED)
    files = sorted(ref for ref in found if ref.split("/")[4:] == [tree.worktree_id, "files"])
    path = Path(tree.path)
    tip = None
    if tree.ref is not None and await asyncio.to_thread(path.is_dir):
        tip = await tip_of(path, tree.ref)
    return _Place(found[files[-1]] if files else None, tip)


def _write(body: Path, info: Path, content: bytes, item: TrashItem) -> None:
    body.parent.mkdir(mode=0o700, exist_ok=True)
    private_file.write(body, content)
    private_file.write(info, msgspec.json.encode(item))


def _read(body: Path) -> TrashedRecords:
    first, _, lines = zlib.decompress(private_file.read(body)).partition(b"\n")
    records = msgspec.json.decode(first, type=TrashedRecords)
    said = _MESSAGES.decode_lines(lines) if lines else ()
    return msgspec.structs.replace(records, messages=(*records.messages, *said))


def _items(folder: Path) -> list[TrashItem]:
    found = []
    for file in folder.glob("*.json"):
        try:
            found.append(msgspec.json.decode(private_file.read(file), type=TrashItem))
        except (OSError, msgspec.DecodeError) as error:
            _log.warning("%s in the trash cannot be read: %s", file, error)
    return found


def _named(items: Sequence[TrashItem], given: str) -> TrashItem:
    """The item that an id names: a full id, a short id, or a beginning of either. Raises NotFound and Ambiguous."""
    text = given.strip().lower()
    found = [item for item in items if text in (item.session_id, item.short_id)]
    if not found and len(text) >= _SHORTEST:
        found = [item for item in items if item.session_id.startswith(text) or item.short_id.startswith(text)]
    if not found:
        raise NotFound("session", given, f"No removed session has the id {given!r}.")
    if len(found) > 1:
        raise Ambiguous("session", given, [(item.short_id, item.title or "") for item in found])
    return found[0]
