"""A fake daemon for the app's tests: it stores records, answers as the daemon does, and keeps a ledger of its calls."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any, NoReturn

import msgspec
from msgspec.structs import replace

from agor_core.domain.agent import AgentInfo
from agor_core.domain.approval import Approval, ApprovalStatus
from agor_core.domain.beginning import Beginning
from agor_core.domain.board import Board
from agor_core.domain.comment import Comment
from agor_core.domain.genealogy import Genealogy, edge_to, inheritance
from agor_core.domain.graft import Graft
from agor_core.domain.landing import Landing, LandingPlan
from agor_core.domain.message import Message
from agor_core.domain.pull_request import Publication, PullRequestStatus
from agor_core.domain.repo import Repo
from agor_core.domain.restoration import Restoration
from agor_core.domain.session import Session, SessionStatus
from agor_core.domain.standing import DiskUse, SessionStanding, WorktreeStanding
from agor_core.domain.task import Task, TaskStatus
from agor_core.domain.trash import TrashItem
from agor_core.wire.failure import Failure
from agor_core.wire.feed import Change, Delta, Frame, Hello, Resync
from agor_tui.client.errors import DaemonError
from agor_tui.client.feed import Connected, Lost
from tests.builders import app_records as make
from tests.builders.comparisons import comparison
from tests.fakes.app_checks import FakeChecks
from tests.fakes.app_reviews import FakeReviews

KEYS = {"sessions": "session_id", "tasks": "task_id", "messages": "message_id", "boards": "board_id",
        "approvals": "approval_id", "comments": "comment_id",
        "checks": "check_id"}  # fmt: skip


class FakeDaemon(FakeChecks):
    """``ledger`` lists the calls that change something, as (action, id, body); ``given`` the ids with each."""

    def __init__(self, *records: Any, agents: tuple[AgentInfo, ...] = make.AGENTS) -> None:
        self.ledger: list[tuple[str, str, Any]] = []
        self.agents = agents
        self.diffs: dict[str, str] = {}
        self.looks: dict[str, SessionStanding] = {}
        self.restoration: Restoration | None = None
        self.repos: list[Repo] = []
        self.trash: list[TrashItem] = []
        self.disk = DiskUse(measured_at="", home="/home", total_bytes=0, areas={})
        self.beginning = Beginning(folder="")
        self.plan: LandingPlan | None = None
        self.landing: Landing | None = None
        self.graft: Graft | None = None
        self.publication: Publication | None = None
        self.request_status: PullRequestStatus | None = None
        self.standing: WorktreeStanding | None = None
        self.reviews = FakeReviews(self)
        self.given: list[dict[str, str]] = []
        self.fails: str | None = None
        self.store: dict[str, dict[str, Any]] = {service: {} for service in KEYS}
        self._frames: asyncio.Queue[Frame | Connected | Lost] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._early: list[Frame | Connected | Lost] = []
        self._lock = threading.Lock()
        self._seq = 0
        for record in records:
            self.put(record)

    # For tests to say

    def put(self, record: Any) -> None:
        """Store a record without a change on the feed."""
        service = _service(record)
        self.store[service][getattr(record, KEYS[service])] = record

    def change(self, record: Any, event: str = "patched") -> None:
        """Store a record and send the change on the feed."""
        self.put(record)
        self._say(record, event)

    def delta(self, message: Message, offset: int, text: str) -> None:
        """Send a delta of a message on the feed."""
        self._push(Delta(service="messages", id=message.message_id, offset=offset, text=text))

    def lose(self) -> None:
        """Break the feed's connection."""
        self._push(Lost("The connection to the daemon broke."))

    def come_back(self, *, resync: bool = False) -> None:
        """Restore the feed's connection, with a resync if asked."""
        self._push(Connected())
        if resync:
            self._push(Resync(reason="expired", cursor=f"e:{self._seq}"))

    def asked(self, action: str) -> list[tuple[str, str, Any]]:
        """The calls of one action in the ledger."""
        return [entry for entry in self.ledger if entry[0] == action]

    async def delivered(self) -> None:
        """Wait until the app has read every frame of the feed."""
        await asyncio.sleep(0)  # frames that other threads pushed are queued by now
        if self._frames is not None:
            await self._frames.join()

    # The client's side

    def connect(self) -> "FakeDaemon":
        return self

    async def frames(self) -> AsyncIterator[Frame | Connected | Lost]:
        with self._lock:
            self._loop = asyncio.get_running_loop()
            self._frames = asyncio.Queue()
            for frame in self._early:
                self._frames.put_nowait(frame)
        yield Connected()
        yield Hello(cursor="e:0", version="0.1.0")
        while True:
            yield await self._frames.get()
            self._frames.task_done()

    def find(self, service: str, query: dict[str, object] | None = None, /, **more: object) -> dict[str, Any]:
        if service == "agents":
            return {"data": msgspec.to_builtins(self.agents)}
        if service in ("repos", "trash"):
            return {"data": msgspec.to_builtins(self.repos if service == "repos" else self.trash)}
        wanted = {**(query or {}), **more}
        records = [msgspec.to_builtins(record) for record in self.store[service].values()]
        if service == "sessions" and "archived_at[$ne]" not in wanted:
            records = [record for record in records if record["archived_at"] is None]
        for key, value in wanted.items():
            if not key.startswith("$") and "[" not in key:
                value = {"true": True, "false": False}.get(str(value), value)
                records = [record for record in records if record.get(key) == value]
            elif key == "archived_at[$ne]":
                records = [record for record in records if record["archived_at"] is not None]
            elif key.endswith("[$lt]"):
                records = [record for record in records if record[key[:-5]] < value]
            elif key.endswith("[$gte]") and service == "messages":
                records = [record for record in records if record[key[:-6]] >= value]
            elif key.startswith("$sort["):
                records.sort(key=lambda record: record[key[6:-1]], reverse=value == -1)
        skip, limit = int(str(wanted.get("$skip", 0))), int(str(wanted.get("$limit", 100)))
        if (after := wanted.get("$after")) is not None:
            skip = [record[KEYS[service]] for record in records].index(after) + 1
        return {"total": len(records), "limit": limit, "skip": skip, "data": records[skip : skip + limit]}

    def get(self, service: str, identifier: str) -> dict[str, Any]:
        if service == "repos":
            return msgspec.to_builtins(next(repo for repo in self.repos if repo.repo_id == identifier))
        if identifier not in self.store[service]:
            self.fail(f"There is no {service} {identifier}.")
        return msgspec.to_builtins(self.store[service][identifier])

    def create(self, service: str, body: dict[str, Any]) -> dict[str, Any]:
        self._ask("create", service, body)
        if service == "comments":
            return self.reviews.create(body)
        if service == "boards":
            record: Any = make.board(body["name"])
        else:
            record = make.session(
                body.get("title") or (body.get("prompt") or "untitled").splitlines()[0],
                agent=body["agent"],
                status="running" if body.get("prompt") else "idle",
                minutes=0,
                tasks=1 if body.get("prompt") else 0,
                board_id=body.get("board"),
            )
        self.change(record, "created")
        return msgspec.to_builtins(record)

    def patch(self, service: str, identifier: str, body: dict[str, Any]) -> dict[str, Any]:
        self._ask("patch", identifier, body)
        record = self.store[service][identifier]
        if isinstance(record, Approval):
            allowed = body["decision"] != "deny"
            record = replace(record, status=ApprovalStatus.ALLOWED if allowed else ApprovalStatus.DENIED)
            session = self.store["sessions"][record.session_id]
            self.change(replace(session, status=SessionStatus.RUNNING))
        elif isinstance(record, Comment):
            record = self.reviews.patch(record, body)
        else:
            record = replace(record, **body)
        self.change(record)
        return msgspec.to_builtins(record)

    def remove(self, service: str, identifier: str, *, purge: bool = False) -> dict[str, Any]:
        self._ask("remove", identifier, {"purge": purge})
        if service == "comments":
            comment = self.store[service].pop(identifier)
            self._say(comment, "removed")
            return msgspec.to_builtins(comment)
        record = replace(self.store[service][identifier], archived_at=make.NOW)
        self.change(record)
        return msgspec.to_builtins(record)

    def act(self, session: str, action: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        body = body or {}
        self._ask(action, session, body)
        record: Session = self.store["sessions"][session]
        if action == "prompt":
            busy = record.status is not SessionStatus.IDLE
            task = make.task(
                record,
                record.task_count + 1,
                status=TaskStatus.QUEUED if busy else TaskStatus.RUNNING,
                full_prompt=body["prompt"],
                task_id=body.get("task_id"),
            )
            self.change(replace(record, task_count=task.position))
            self.change(task, "created")
            return msgspec.to_builtins(task)
        if action == "send":
            return self.reviews.send(session, body)
        if action in ("fork", "spawn"):
            link = (session, body.get("at"))
            kin = {"forked": link} if action == "fork" else {"spawned": link}
            made = make.session(
                body.get("title") or f"A {action} of {record.title}",
                agent=body.get("agent") or record.agent,
                status="running" if body.get("prompt") else "idle",
                minutes=0,
                **kin,
            )
            self.change(made, "created")
            return msgspec.to_builtins(made)
        if action == "seen":
            self.change(replace(record, unseen=False))
            return self.get("sessions", session)
        status = SessionStatus.COMPLETED if action == "complete" else SessionStatus.IDLE
        self.change(replace(record, status=status))
        return self.get("sessions", session)

    def _act_on_task(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Of the queue only an edit and a drop change the store."""
        _, _, task_id, action = path.split("/")
        self._ask(action, task_id, body)
        task: Task = self.store["tasks"][task_id]
        if action == "edit":
            self.change(replace(task, full_prompt=body["prompt"]))
        if action == "drop":
            self.change(replace(task, status=TaskStatus.CANCELLED))
        return self.get("tasks", task_id)

    def call(self, method: str, path: str, *, query: Any = None, body: Any = None, repeatable: bool = True) -> Any:
        if method == "DELETE":
            assert not repeatable
            session_id = path.split("/")[2]
            self._ask("remove for good", session_id, dict(query))
            self._say(self.store["sessions"].pop(session_id), "removed")
            return None
        if path.startswith("/sessions/") and path.endswith("/standing"):
            session: Session = self.store["sessions"][path.split("/")[2]]
            return msgspec.to_builtins(self.looks.get(session.session_id) or make.look(session))
        if path == "/disk":
            return msgspec.to_builtins(self.disk)
        if path.endswith("/release"):
            self._ask("let go", path.split("/")[2], body)
            return None
        if path.endswith("/check") or path.startswith("/checks/"):
            return self.check_call(path, body)
        if path == "/races":
            self._ask("race", "races", body)
            return {"race_id": body["race_id"], "session_ids": [next(iter(self.store["sessions"]))]}
        if path == "/beginning":
            return {**msgspec.to_builtins(self.beginning), "folder": dict(query)["cwd"]}
        if path == "/search":
            return {"data": self._search(dict(query))}
        if path.startswith("/tasks/") and method == "POST" and not path.endswith("/restore"):
            return self._act_on_task(path, body)
        if path.endswith("/standing"):
            return msgspec.to_builtins(self.standing)
        if path.endswith(("/publish", "/pull_request")):
            self._ask(path.rpartition("/")[2], path.split("/")[2], body)
            return msgspec.to_builtins(self.publication if path.endswith("/publish") else self.request_status)
        if path.endswith(("/land", "/undo", "/release")):
            self._ask(path.rpartition("/")[2], path.split("/")[2], body)
            plans = path.endswith("/land") and body.get("dry_run", False)
            return msgspec.to_builtins(self.plan if plans else self.landing)
        if path == "/compare":
            wanted = [self.store["sessions"][one] for one in dict(query)["sessions"].split(",")]
            return msgspec.to_builtins(comparison(wanted))
        if path.endswith("/graft"):
            self._ask("look at a graft" if body.get("dry_run") else "graft", path.split("/")[2], body)
            return {**msgspec.to_builtins(self.graft), "session_id": path.split("/")[2]}
        if path.endswith("/restore"):
            assert not repeatable
            if path.startswith("/trash/"):
                self._ask("bring back", path.split("/")[2], {})
                return {"session_id": path.split("/")[2]}
            self._ask("restore", path.split("/")[2], body)
            return {**msgspec.to_builtins(self.restoration), "dry_run": body.get("dry_run", False)}
        if path.endswith("/diff"):
            text = self.diffs.get(path.split("/")[2], "")
            return {"diff": text, "cut": False, "diffstat": None, "changes": [], "next": None}
        session_id = path.split("/")[2]
        if path.endswith("/review"):
            return self.reviews.look(session_id)
        if path.endswith("/mark"):
            self._ask("mark", session_id, body)
            return self.reviews.mark(session_id, body)
        if path.endswith("/inherited"):
            known = self.store["sessions"]
            return msgspec.to_builtins(inheritance(known[session_id], known.__getitem__, self._tasks_of))
        sessions = tuple(self.store["sessions"].values())
        tasks = self.store["tasks"]
        edges = tuple(
            replace(edge, position=tasks[edge.task_id].position if edge.task_id in tasks else None)
            for session in sessions
            if (edge := edge_to(session)) is not None
        )
        related = {session_id}
        while more := {e.source for e in edges if e.target in related} | {
            e.target for e in edges if e.source in related
        }:
            if more <= related:
                break
            related |= more
        kept = tuple(s for s in sessions if s.session_id in related)
        roots = [s for s in kept if edge_to(s) is None]
        ordered = (*roots, *(s for s in kept if s not in roots))
        genealogy = Genealogy(
            root_id=ordered[0].session_id, sessions=ordered, edges=tuple(e for e in edges if e.target in related)
        )
        return msgspec.to_builtins(genealogy)

    def _search(self, query: dict[str, str]) -> list[dict[str, Any]]:
        """The messages that hold the words, the newest first."""
        hits = []
        for one in self.store["messages"].values():
            session = self.store["sessions"][one.session_id]
            if query["q"].lower() in one.text.lower() and query.get("agent") in (None, session.agent):
                hit = {"service": "messages", "id": one.message_id, "kind": "message", "excerpt": one.text}
                about = {"short_id": session.short_id, "title": session.title, "created_at": one.created_at}
                hits.append({**hit, **about, "session_id": one.session_id, "task_id": one.task_id})
        return hits[::-1]

    def _tasks_of(self, session_id: str) -> list[Task]:
        tasks = [task for task in self.store["tasks"].values() if task.session_id == session_id]
        return sorted(tasks, key=lambda task: task.position)

    def _ask(self, action: str, identifier: str, body: Any) -> None:
        own = {name: body[name] for name in ("session_id", "task_id") if name in body}
        self.given.append(own)
        self.ledger.append((action, identifier, {name: value for name, value in body.items() if name not in own}))
        if self.fails:
            self.fail(self.fails)

    def fail(self, sentence: str) -> NoReturn:
        """Raise an error answer with this sentence."""
        raise DaemonError(Failure(name="Conflict", message=sentence, code=409, class_name="conflict"))

    def _say(self, record: Any, event: str) -> None:
        service = _service(record)
        self._seq += 1
        self._push(
            Change(
                cursor=f"e:{self._seq}",
                service=service,
                event=event,
                id=getattr(record, KEYS[service]),
                record=msgspec.to_builtins(record),
                at=make.NOW,
            )
        )

    def _push(self, frame: Frame | Connected | Lost) -> None:
        with self._lock:
            if self._frames is None or self._loop is None:
                self._early.append(frame)
            else:
                self._loop.call_soon_threadsafe(self._frames.put_nowait, frame)


def _service(record: Any) -> str:
    match record:
        case Session():
            return "sessions"
        case Task():
            return "tasks"
        case Message():
            return "messages"
        case Approval():
            return "approvals"
        case Board():
            return "boards"
        case Comment():
            return "comments"
    raise TypeError(type(record).__name__)
