"""What no store can hold is refused alike by every database, wherever in a record it stands; all else comes back."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.domain.figures import Usage
from agor_core.domain.message import Role, ToolCall
from agor_core.domain.task import Task
from agor_core.errors import InvalidInput
from agor_core.repositories import messages, sessions, tasks
from tests.builders.records import make_message, make_session, make_task
from tests.builders.stores import clock, store, url

__all__ = ["clock", "store", "url"]


def nested(depth: int) -> Any:
    value: Any = "x"
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


REFUSED = {
    "NUL": "a\x00b",
    "a lone surrogate": "a\ud800b",
    "10 MB": "x" * 10_000_000,
}
REFUSED_JSON = {
    **REFUSED,
    "NUL in a key": {"a\x00": 1},
    "[0]": [float("nan")],
    ".a": {"a": float("-inf")},
    "2^63": 2**63,
    "[1]": [0, -(2**63) - 1],
    "2^4000": 2**4000,
    "1,000 deep": nested(1_000),
    "bytes": b"x",
}
HELD = {
    "controls": "".join(map(chr, range(1, 32))) + "\x7f\x85\u2028",
    "noncharacters": "\ufffe\uffff\U0010ffff",
    "what looks like NUL": "\\u0000 \\x00",
    "1 MB": "é" * 1_000_000,
    "numbers": [2**63 - 1, -(2**63), 0.1, 1e308, -0.0],
    "40 deep": nested(40),
}


def a_task(writer: Writer) -> Task:
    session = sessions.insert(writer, make_session())
    return tasks.insert(writer, make_task(session.session_id))


def with_input(task: Task, value: Any) -> Any:
    return make_message(task, role=Role.TOOL, tool=ToolCall(call_id="1", input=value))


async def refused(store: Store, work: Callable[[Writer], Any], place: str) -> None:
    before = await store.head()
    with pytest.raises(InvalidInput) as caught:
        await store.write(work)
    assert caught.value.place == place
    assert len(str(caught.value)) < 200
    assert await store.head() == before


@pytest.mark.parametrize("what", REFUSED)
async def test_in_columns_and_in_the_rest(store: Store, what: str) -> None:
    text = REFUSED[what]
    await refused(store, lambda w: sessions.insert(w, make_session(title=text)), "title")
    await refused(store, lambda w: sessions.insert(w, make_session(description=text)), "description")
    await refused(store, lambda w: sessions.insert(w, make_session(concepts=("a", text))), "concepts[1]")
    stored = await store.write(lambda w: sessions.insert(w, make_session()))
    await refused(store, lambda w: sessions.update(w, replace(stored, title=text)), "title")
    await refused(store, lambda w: sessions.update(w, replace(stored, description=text)), "description")
    task = await store.write(a_task)
    await refused(store, lambda w: tasks.insert(w, make_task(task.session_id, full_prompt=text)), "full_prompt")


@pytest.mark.parametrize("what", REFUSED_JSON)
async def test_in_what_an_agent_sent(store: Store, what: str) -> None:
    task = await store.write(a_task)
    place = f"tool.input{what}" if what.startswith((".", "[")) else "tool.input"
    await refused(store, lambda w: messages.append(w, with_input(task, REFUSED_JSON[what])), place)
    message = await store.write(lambda w: messages.append(w, with_input(task, 1)))
    changed = replace(with_input(task, REFUSED_JSON[what]), message_id=message.message_id, index=message.index)
    await refused(store, lambda w: messages.update(w, changed), place)


async def test_figures_are_numbers_of_64_bits(store: Store) -> None:
    task = await store.write(a_task)
    for usage in (Usage(input_tokens=2**63), Usage(cost_usd=float("nan")), Usage(cost_usd=float("inf"))):
        with pytest.raises(InvalidInput, match=r"usage\."):
            await store.write(lambda w, u=usage: tasks.update(w, replace(task, usage=u)))


@pytest.mark.parametrize("what", HELD)
async def test_all_else_comes_back_as_it_was(store: Store, what: str) -> None:
    task = await store.write(a_task)
    message = await store.write(lambda w: messages.append(w, with_input(task, HELD[what])))
    back = await store.read(lambda r: messages.get(r, message.message_id))
    assert back.tool is not None
    assert back.tool.input == HELD[what]
