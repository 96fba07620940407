"""What tests of the search ask for: a store with something to find in it, indexed at once."""

from typing import Any

from agor_core.db.store import Store
from agor_core.domain.message import Role, ToolCall
from agor_core.domain.session import Session
from agor_core.repositories import messages, search, search_indexing, sessions, tasks
from tests.builders.records import make_message, make_session, make_task


async def index(store: Store, most: int = 7) -> None:
    """Index what is committed, ``most`` changes at a time."""
    while await store.write(lambda writer: search_indexing.step(writer, most=most)):
        pass


async def found(store: Store, asked: str, **conditions: Any) -> list[str]:
    """The services and excerpts of what is found."""
    hits = await store.read(lambda reader: search.find(reader, asked, **{"limit": 50, **conditions}))
    return [f"{hit.service}: {hit.excerpt}" for hit in hits]


async def titled(store: Store, title: str, **fields: Any) -> Session:
    """A session with this title, stored."""
    return await store.write(lambda w: sessions.insert(w, make_session(title=title, **fields)))


async def everything(store: Store) -> tuple[Session, Any, Any]:
    """A session with a task and a tool call."""
    session = await titled(store, "A session", description="described precisely")
    task = await store.write(lambda w: tasks.insert(w, make_task(session.session_id, full_prompt="say: hello prompt")))
    tool = ToolCall(call_id="1", title="Run pytest", input={"command": ["make", "quickly"]}, output="12 passed")
    message = make_message(task, role=Role.TOOL, text="", tool=tool, created_at="2026-01-31T09:05:09.000Z")
    return session, task, await store.write(lambda w: messages.append(w, message))
