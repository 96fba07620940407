"""Damage to the file: refused with a clear word, or read right; the file stays as it was while it is refused.

40 damaged copies, or 1,000 with AGOR_FAULTS=long.
"""

import os
import random
import shutil
from pathlib import Path

import msgspec
import pytest

from agor_core.clock import SystemClock
from agor_core.db import migrate
from agor_core.db.check import integrity_check
from agor_core.db.store import sqlite_url
from agor_core.errors import AgorError, StoreUnusable, Unavailable
from agor_core.query.tree import Query
from agor_core.repositories import sessions
from tests.builders.records import make_session
from tests.builders.stores import opened
from tests.faults.conftest import Promise

LONG = os.environ.get("AGOR_FAULTS") == "long"
COPIES = 1_000 if LONG else 40
PAGE = 4096


def damage(file: Path, chance: random.Random) -> None:
    """Pages lost, overwritten or swapped, or the end cut off; the structure, not a letter in a text."""
    data = bytearray(file.read_bytes())
    pages = len(data) // PAGE
    match chance.choice(("zeros", "noise", "swap", "cut", "head")):
        case "zeros":
            at = chance.randrange(pages) * PAGE
            data[at : at + PAGE] = bytes(PAGE)
        case "noise":
            at = chance.randrange(pages) * PAGE
            data[at : at + PAGE] = chance.randbytes(PAGE)
        case "swap":
            one, other = (chance.randrange(1, pages) * PAGE for _ in range(2))
            data[one : one + PAGE], data[other : other + PAGE] = data[other : other + PAGE], data[one : one + PAGE]
        case "cut":
            del data[chance.randrange(1, pages) * PAGE :]
        case _:
            at = chance.randrange(pages) * PAGE
            data[at : at + 8] = chance.randbytes(8)
    file.write_bytes(data)


@pytest.mark.slow
@pytest.mark.timeout(3600 if LONG else 120)
async def test_it_is_refused_or_read_right(tmp_path: Path, promise: Promise) -> None:
    original, file = tmp_path / "original.db", tmp_path / "agor.db"
    everything = Query(limit=10_000, total=True)
    async with opened(sqlite_url(original)) as store:
        made = [make_session(description="x" * 800) for _ in range(60)]
        await store.write(lambda w: [sessions.insert(w, session) for session in made])
        right = await store.read(lambda r: msgspec.json.encode(sessions.find(r, everything)))
    chance = random.Random(7)
    refusals: list[AgorError] = []
    for _ in range(COPIES):
        shutil.copy(original, file)
        damage(file, chance)
        before = file.read_bytes()
        problems = integrity_check(sqlite_url(file))
        assert file.read_bytes() == before
        read = await what_is_read(file, everything)
        assert read == right or (isinstance(read, AgorError) and problems)
        if isinstance(read, StoreUnusable):
            assert file.read_bytes() == before
            refusals.append(read)
    assert len(refusals) > COPIES / 2
    promise("a damaged database", f"{COPIES} damaged, {len(refusals)} refused, the others read right or said so")
    assert all("agor.db" in str(refusal) or "damaged" in str(refusal) for refusal in refusals)


async def what_is_read(file: Path, query: Query) -> bytes | AgorError:
    """The sessions, or the clear word with which they are refused."""
    try:
        migrate.prepare(sqlite_url(file), backups=file.parent, clock=SystemClock())
    except StoreUnusable as refusal:
        return refusal
    try:
        async with opened(sqlite_url(file)) as store:
            return await store.read(lambda r: msgspec.json.encode(sessions.find(r, query)))
    except AgorError as refusal:
        return Unavailable(str(refusal))
