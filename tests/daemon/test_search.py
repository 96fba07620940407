"""``GET /search`` on a daemon, which indexes committed records in the background."""

import asyncio

import pytest

from tests.builders.daemons import Running


async def titles(daemon: Running, query: str, expected: int) -> list[str]:
    """The titles of the hits, once there are as many as expected."""
    async with asyncio.timeout(20):
        while True:
            page = await daemon.tcp.get(f"/search?{query}")
            if len(page["data"]) >= expected:
                return [hit["title"] for hit in page["data"]]
            await asyncio.sleep(0.05)


async def test_new_records_are_found_by_their_words(daemon: Running) -> None:
    board = await daemon.tcp.post("/boards", {"name": "Main"})
    await daemon.tcp.post("/sessions", {"agent": "demo", "title": "Fix the parser", "board": "main"})
    other = await daemon.tcp.post("/sessions", {"agent": "codex", "title": "Test the parser"})
    assert sorted(await titles(daemon, "q=parser", 2)) == ["Fix the parser", "Test the parser"]
    assert await titles(daemon, "q=the+PARSER&board=main", 1) == ["Fix the parser"]
    assert await titles(daemon, f"q=parser&board={board['short_id']}", 1) == ["Fix the parser"]
    assert await titles(daemon, "q=parser&agent=codex", 1) == ["Test the parser"]
    assert await titles(daemon, "q=lexer", 0) == []
    await daemon.tcp.call("DELETE", f"/sessions/{other['session_id']}")
    assert await titles(daemon, "q=parser", 1) == ["Fix the parser"]
    page = await daemon.tcp.get("/search?q=parser&limit=1")
    assert page["limit"] == 1
    assert page["data"][0].keys() == {
        *("service", "id", "kind", "task_id", "session_id", "short_id", "title", "excerpt", "created_at")
    }


@pytest.mark.parametrize(
    ("query", "status", "place"),
    [
        ("", 400, "q"),
        ("q=a&q=b", 400, "q"),
        ("q=a&limit=x", 400, "limit"),
        ("q=a&limit=-1", 400, "limit"),
        ("q=a&sort=x", 400, "sort"),
        ("q=a&board=nowhere", 404, None),
        ("q=a&repo=nowhere", 404, None),
    ],
)
async def test_invalid_searches_are_refused(daemon: Running, query: str, status: int, place: str | None) -> None:
    answer = await daemon.tcp.call("GET", f"/search?{query}")
    assert answer.status == status
    assert place is None or place in answer.body["errors"]


async def test_nothing_but_get(daemon: Running) -> None:
    assert (await daemon.tcp.call("POST", "/search", {"q": "a"})).status == 405
