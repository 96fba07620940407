"""A client that is away for many changes and two restarts of the daemon: it misses none and sees none twice.

2,000 changes, or 50,000 with AGOR_FAULTS=long.
"""

import os
from pathlib import Path

import msgspec
import pytest
from websockets.asyncio.client import unix_connect

from tests.builders.daemons import Program, program
from tests.builders.http import Caller

LONG = os.environ.get("AGOR_FAULTS") == "long"
CHANGES = 50_000 if LONG else 2_000
AT_ONCE = 100


async def written(it: Program, count: int) -> list[str]:
    made: list[str] = []
    for start in range(0, count, AT_ONCE):
        names = [f"b{it.said['pid']}-{start + number}" for number in range(AT_ONCE)]
        boards = await it.caller.post("/boards", [{"name": name} for name in names])
        made += [board["board_id"] for board in boards]
    return made


async def read(it: Program, cursor: str, most: int) -> tuple[list[str], list[int], str]:
    """Up to so many changes after a cursor: their ids, their places, and the last cursor."""
    ids, places = [], []
    uri = f"ws://localhost/feed?since={cursor}"
    async with unix_connect(it.said["socket"], uri, compression=None, max_size=None, close_timeout=0.1) as socket:
        assert msgspec.json.decode(await socket.recv())["type"] == "hello"
        while len(ids) < most:
            frame = msgspec.json.decode(await socket.recv())
            assert frame["type"] == "change"
            ids.append(frame["id"])
            cursor = frame["cursor"]
            places.append(int(cursor.rpartition(":")[2]))
    return ids, places, cursor


@pytest.mark.slow
@pytest.mark.timeout(1800 if LONG else 120)
async def test_nothing_is_missed_and_nothing_comes_twice(tmp_path: Path) -> None:
    home = tmp_path / "home"
    made: list[str] = []
    seen: list[str] = []
    places: list[int] = []
    with program(home) as it:
        cursor = (await it.caller.get("/feed"))["cursor"]
        first = int(cursor.rpartition(":")[2])
        made += await written(it, CHANGES // 4)
        ids, at, cursor = await read(it, cursor, CHANGES // 8)
        seen, places = ids, at
        made += await written(it, CHANGES // 4)
    with program(home) as it:
        made += await written(it, CHANGES // 4)
        it.process.kill()
    with program(home) as it:
        made += await written(it, CHANGES - len(made))
        ids, at, cursor = await read(it, cursor, len(made) - len(seen))
        head = (await Caller(socket=Path(it.said["socket"])).get("/feed"))["cursor"]
    assert seen + ids == made
    assert places + at == list(range(first + 1, first + 1 + len(made)))
    assert cursor == head
