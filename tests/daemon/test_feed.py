"""The feed from the outside: live, resumed, paged, filtered, cut, and closed."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from agor_core.domain.session import Session
from agor_core.ids import TaskId, new_id
from agor_core.repositories import messages
from agor_core.wire.feed import Delta
from agor_daemon.feed import hub as hubs
from agor_daemon.feed import outbox
from tests.builders.daemons import Running
from tests.builders.records import make_message

pytestmark = pytest.mark.timeout(60)


@contextlib.asynccontextmanager
async def following(daemon: Running, query: str = "") -> AsyncIterator[ClientConnection]:
    """A connection whose queue has no limit: one with unread frames beyond it would close only after ten seconds."""
    uri = f"ws://localhost:{daemon.port}/feed{query}"
    path = str(daemon.setup.listening.path)
    async with unix_connect(path, uri, compression=None, max_size=None, max_queue=None) as socket:
        yield socket


async def frame(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(10):
        decoded: dict[str, Any] = msgspec.json.decode(await socket.recv())
    return decoded


async def changes(socket: ClientConnection, count: int) -> list[dict[str, Any]]:
    return [await frame(socket) for _ in range(count)]


async def until_closed(socket: ClientConnection) -> AsyncIterator[str | bytes]:
    with contextlib.suppress(ConnectionClosed):
        while True:
            yield await socket.recv()


def seq(change: dict[str, Any]) -> int:
    return int(change["cursor"].rpartition(":")[2])


async def created(daemon: Running, count: int) -> list[Session]:
    return [await daemon.session(title=str(n)) for n in range(count)]


async def test_a_new_client_gets_hello_and_then_live_changes(daemon: Running) -> None:
    await daemon.session(title="before")
    async with following(daemon) as socket:
        hello = await frame(socket)
        assert hello["type"] == "hello"
        made = await daemon.session(title="after")
        change = await frame(socket)
    assert (change["type"], change["service"], change["event"]) == ("change", "sessions", "created")
    assert (change["id"], change["record"]["title"]) == (made.session_id, "after")
    assert seq(change) == seq(hello) + 1


async def test_two_clients_see_the_same(daemon: Running) -> None:
    async with following(daemon) as one, following(daemon, "?service=boards") as other:
        assert (await frame(one))["type"] == (await frame(other))["type"] == "hello"
        await daemon.session()
        board = await daemon.tcp.post("/boards", {"name": "B"})
        seen = await changes(one, 2)
        assert [it["service"] for it in seen] == ["sessions", "boards"]
        assert await frame(other) == seen[1]
        assert seen[1]["id"] == board["board_id"]


@pytest.mark.parametrize("recent", [hubs.RECENT_FRAMES, 0, 3], ids=["from memory", "from the log", "from both"])
async def test_a_client_that_comes_back_misses_nothing(
    daemon: Running, recent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "RECENT_FRAMES", recent)
    monkeypatch.setattr(hubs, "PAGE", 4)
    async with following(daemon) as socket:
        start = (await frame(socket))["cursor"]
    made = await created(daemon, 11)
    async with following(daemon, f"?since={start}") as socket:
        assert (await frame(socket))["cursor"] == start
        seen = await changes(socket, 11)
        await daemon.session(title="live")
        last = await frame(socket)
    assert [it["id"] for it in seen] == [it.session_id for it in made]
    assert last["record"]["title"] == "live"


async def test_resuming_under_steady_writes_has_no_gap_and_no_double(
    daemon: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "RECENT_FRAMES", 5)
    monkeypatch.setattr(hubs, "PAGE", 3)
    start = (await daemon.tcp.get("/feed"))["cursor"]
    total = 150

    async def writing() -> None:
        for _ in range(total // 5):
            await asyncio.gather(*(daemon.session() for _ in range(5)))

    async def read_on(cursor: str) -> list[int]:
        """Reads a few frames on each of many connections, every time from the last cursor."""
        seen: list[int] = []
        first = int(cursor.rpartition(":")[2])
        while len(seen) < total:
            async with following(daemon, f"?since={cursor}") as socket:
                assert (await frame(socket))["type"] == "hello"
                for _ in range(min(7, total - len(seen))):
                    change = await frame(socket)
                    seen.append(seq(change) - first)
                    cursor = change["cursor"]
        return seen

    seen, _ = await asyncio.gather(read_on(start), writing())
    assert seen == list(range(1, total + 1))


async def test_a_foreign_and_an_expired_cursor_are_answered_with_resync(daemon: Running) -> None:
    await created(daemon, 3)
    head = (await daemon.tcp.get("/feed"))["cursor"]
    epoch = head.rpartition(":")[0]
    for since in ("other:1", "nonsense", f"{epoch}:999"):
        async with following(daemon, f"?since={since}") as socket:
            assert await frame(socket) == {"type": "hello", "cursor": head, "version": "0.1.0"}
            assert await frame(socket) == {"type": "resync", "reason": "foreign", "cursor": head}
            made = await daemon.session()
            assert (await frame(socket))["id"] == made.session_id
        head = (await daemon.tcp.get("/feed"))["cursor"]
        page = await daemon.tcp.get(f"/feed?since={since}")
        assert page == {
            "data": [{"type": "resync", "reason": "foreign", "cursor": head}],
            "cursor": head,
            "more": False,
        }


async def test_pages(daemon: Running) -> None:
    start = await daemon.tcp.get("/feed")
    assert (start["data"], start["more"]) == ([], False)
    made = await created(daemon, 5)
    await daemon.tcp.post("/boards", {"name": "B"})
    seen: list[str] = []
    cursor, more = start["cursor"], True
    while more:
        page = await daemon.tcp.get(f"/feed?since={cursor}&limit=2&service=sessions,tasks")
        seen += [it["id"] for it in page["data"]]
        cursor, more = page["cursor"], page["more"]
    assert seen == [it.session_id for it in made]
    assert cursor == (await daemon.tcp.get("/feed"))["cursor"]


async def test_deltas_are_live_only(daemon: Running) -> None:
    async with following(daemon) as socket, following(daemon, "?service=sessions") as other:
        start = await frame(socket)
        await frame(other)
        daemon.supervisor.on_delta(Delta(service="messages", id="m", offset=3, text="é"))
        assert await frame(socket) == {"type": "delta", "service": "messages", "id": "m", "offset": 3, "text": "é"}
        await daemon.session()
        assert (await frame(other))["type"] == "change"
    page = await daemon.tcp.get(f"/feed?since={start['cursor']}")
    assert [it["type"] for it in page["data"]] == ["change"]


async def test_bookmarks_move_a_filtered_client_on(daemon: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    async with following(daemon, "?service=boards") as socket:
        await frame(socket)
        await daemon.session()
        daemon.hub.bookmark()
        head = (await daemon.tcp.get("/feed"))["cursor"]
        assert await frame(socket) == {"type": "bookmark", "cursor": head}


async def test_a_client_that_does_not_read_is_disconnected_without_effect_on_others(
    daemon: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_FRAMES", 20)
    slow = connect(f"ws://127.0.0.1:{daemon.port}/feed", compression=None, max_queue=1, max_size=None)
    async with slow as stuck, following(daemon) as quick:
        start = (await frame(stuck))["cursor"]
        await frame(quick)
        text = "x" * 100_000
        total = 0
        async with asyncio.timeout(40):
            while daemon.hub.count() == 2:
                made = await daemon.session(description=text)
                total += 1
                assert (await frame(quick))["id"] == made.session_id
        seen = [msgspec.json.decode(text) async for text in until_closed(stuck)]
        assert stuck.close_code == 4409
    cursor = seen[-1]["cursor"] if seen else start
    async with following(daemon, f"?since={cursor}") as back:
        await frame(back)
        rest = await changes(back, total - len(seen))
    assert [seq(it) for it in [*seen, *rest]] == list(range(seq({"cursor": start}) + 1, total + 1))


async def test_clients_get_close_code_1001_when_the_daemon_stops(daemon: Running) -> None:
    async with following(daemon) as socket:
        await frame(socket)
        daemon.stop.requested.set()
        with pytest.raises(ConnectionClosed) as closed:
            await frame(socket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1001
    assert daemon.supervisor.ledger[-1][0] == "close"


async def test_a_query_tells_of_records_that_match_and_of_those_that_leave(daemon: Running) -> None:
    board = await daemon.tcp.post("/boards", {"name": "B"})
    inside, outside = [await daemon.session(title=title) for title in ("in", "out")]
    await daemon.tcp.call("PATCH", f"/sessions/{inside.session_id}", {"board": "b"})
    query = f"service=sessions&query[board_id]={board['short_id']}"
    start = (await daemon.tcp.get("/feed"))["cursor"]

    async def patched(session: Session, **fields: Any) -> None:
        await daemon.tcp.call("PATCH", f"/sessions/{session.session_id}", fields)

    async with following(daemon, f"?{query}") as socket:
        assert (await frame(socket))["type"] == "hello"
        await daemon.session(title="made elsewhere")
        await patched(inside, title="one")
        await patched(inside, board=None)
        await patched(inside, title="two")
        await patched(outside, board="b")
        await daemon.tcp.call("DELETE", f"/sessions/{outside.session_id}?purge=true")
        await daemon.tcp.call("DELETE", f"/sessions/{inside.session_id}?purge=true")
        await daemon.session(title="last", board_id=board["board_id"])
        seen = await changes(socket, 5)
    told = [(it["event"], it["record"]["title"], it["record"]["board_id"] is not None) for it in seen]
    expected = [
        ("patched", "one", True),
        ("patched", "one", False),
        ("patched", "out", True),
        ("removed", "out", True),
        ("created", "last", True),
    ]
    assert told == expected
    async with following(daemon, f"?{query}&since={start}") as socket:
        await frame(socket)
        assert await changes(socket, 5) == seen
    page = await daemon.tcp.get(f"/feed?{query}&since={start}")
    assert page["data"] == seen


async def test_live_text_follows_the_query_of_its_messages(daemon: Running) -> None:
    mine, other = await daemon.session(), await daemon.session()
    ids = {}
    async with following(daemon, f"?service=messages&query[session_id]={mine.short_id}") as socket:
        await frame(socket)
        for session in (mine, other):
            task = await daemon.supervisor.with_task(session.session_id, "p", TaskId(new_id()))
            message = make_message(task, session_id=session.session_id)
            await daemon.store.write(lambda w, m=message: messages.append(w, m))
            ids[session.session_id] = message.message_id
        for session in (other, mine):
            daemon.supervisor.on_delta(Delta(service="messages", id=ids[session.session_id], offset=0, text="x"))
        seen = await changes(socket, 2)
    assert [(it["type"], it["id"]) for it in seen] == [
        ("change", ids[mine.session_id]),
        ("delta", ids[mine.session_id]),
    ]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?query[status]=idle", 400),
        ("?service=sessions,tasks&query[status]=idle", 400),
        ("?service=sessions&query[nosuch]=1", 400),
        ("?service=sessions&query[$limit]=1", 400),
        ("?service=sessions&query[]=1", 400),
        ("?service=sessions&query[board_id]=nosuch", 404),
    ],
)
async def test_a_wrong_query_is_refused_on_both_faces(daemon: Running, query: str, status: int) -> None:
    assert (await daemon.tcp.call("GET", f"/feed{query}")).status == status
    with pytest.raises(InvalidStatus) as refused:
        async with following(daemon, query):
            pass
    assert refused.value.response.status_code == status


@pytest.mark.parametrize("query", ["?service=nosuch", "?since=a&x=1", "?limit=0"])
async def test_a_wrong_question_is_refused_before_the_handshake(daemon: Running, query: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with following(daemon, query):
            pass
    assert refused.value.response.status_code == 400
    assert msgspec.json.decode(refused.value.response.body)["name"] == "BadRequest"


async def events(
    daemon: Running, query: str = "", **headers: str
) -> AsyncGenerator[tuple[str | None, dict[str, Any]], None]:
    """The ids and data of server-sent events, as a plain HTTP client reads them."""
    reader, writer = await daemon.unix.connect()
    lines = [f"GET /feed{query} HTTP/1.1", "Host: localhost", "Accept: text/event-stream"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        assert " 200 " in head
        assert "content-type: text/event-stream" in head
        text = ""
        while True:
            while "\n\n" not in text:
                size = int(await reader.readline(), 16)
                text += (await reader.readexactly(size + 2))[:-2].decode()
                if not size:
                    return
            event, _, text = text.partition("\n\n")
            fields = dict(line.split(": ", 1) for line in event.splitlines())
            yield fields.get("id"), msgspec.json.decode(fields["data"])
    finally:
        writer.close()


async def test_events_over_http_are_the_same_stream_and_resume_by_their_id(daemon: Running) -> None:
    async with asyncio.timeout(20), contextlib.aclosing(events(daemon, "?service=sessions")) as stream:
        first, hello = await anext(stream)
        assert (hello["type"], first) == ("hello", hello["cursor"])
        one, two = await daemon.session(title="one\ntwo"), await daemon.session(title="two")
        at, change = await anext(stream)
        assert (change["record"]["title"], change["cursor"], change["id"]) == ("one\ntwo", at, one.session_id)
        assert (await anext(stream))[1]["id"] == two.session_id
    async with asyncio.timeout(20), contextlib.aclosing(events(daemon, Last_Event_ID=str(at))) as resumed:
        assert (await anext(resumed))[1]["cursor"] == at
        assert (await anext(resumed))[1]["id"] == two.session_id
        daemon.hub.delta(Delta(service="messages", id="m", offset=3, text="…"))
        identifier, delta = await anext(resumed)
        assert (identifier, delta["type"], delta["offset"], delta["text"]) == (None, "delta", 3, "…")


async def test_events_end_with_the_daemon_and_refuse_what_pages_refuse(daemon: Running) -> None:
    accept = [("Host", "localhost"), ("Accept", "text/event-stream")]
    refused = await daemon.unix.call("GET", "/feed?service=nothing", headers=accept)
    assert (refused.status, "no service" in refused.body["message"]) == (400, True)
    async with asyncio.timeout(20), contextlib.aclosing(events(daemon)) as stream:
        await anext(stream)
        daemon.hub.close()
        assert [event async for event in stream] == []
