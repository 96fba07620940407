"""The store's housekeeping drops nothing that is needed, and frees what is not."""

import os

import pytest

from agor_core.git import checkpoints, packing, refs
from agor_core.git.object_store import ObjectStore
from agor_core.git.packing import collect, needs_collecting, needs_packing, pack
from agor_core.git.retention import keep_history, missing
from tests.builders.checkpoint_stores import forget_everything, in_store, store_of
from tests.builders.repositories import Repository


async def loose(store: ObjectStore, count: int) -> list[str]:
    stdin = "".join(f"blob\ndata {len(str(n))}\n{n}\n" for n in range(count)).encode()
    in_store(store).git("-c", "fastimport.unpackLimit=100000", "fast-import", "--quiet", stdin=stdin)
    return [in_store(store).git("hash-object", "--stdin", stdin=str(n).encode()).decode().strip() for n in range(count)]


def private_bytes(store: ObjectStore) -> int:
    found = [file.stat() for file in store.objects.rglob("*") if file.is_file()]
    return sum(stat.st_size for stat in found if stat.st_nlink == 1)


async def test_packing_is_due_by_number(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    store = await store_of(repository)
    assert not needs_packing(store)
    monkeypatch.setattr(packing, "MOST_PACKS", 2)
    for number in range(4):
        await keep_history(store, repository.commit(str(number), **{"a.txt": f"{number}\n"}))
    assert needs_packing(store)
    await pack(store)
    assert not needs_packing(store)
    assert in_store(store).git("fsck", "--full", "--no-dangling") == b""


async def test_packing_drops_nothing(repository: Repository) -> None:
    store = await store_of(repository)
    head = repository.commit(more="1\n")
    await keep_history(store, head)
    names = await loose(store, 20)
    await pack(store)
    assert await missing(store, [*names, head]) == []
    assert in_store(store).git("count-objects") == b"0 objects, 0 kilobytes\n"
    assert not list((store.path / "refs/agor/kept").glob("*"))
    assert in_store(store).text("for-each-ref", "--format=%(objectname)") == head


async def test_collecting_keeps_what_refs_lead_to(repository: Repository) -> None:
    store = await store_of(repository)
    repository.git("checkout", "-q", "-b", "side")
    kept, dropped = repository.commit(more="1\n"), repository.commit(more="2\n")
    for head in (kept, dropped):
        await keep_history(store, head)
    names = await loose(store, 3)
    repository.git("checkout", "-q", "main")
    repository.git("branch", "-q", "-D", "side")
    forget_everything(repository)
    message = b"x\n\nAgor-Branch: side"
    commit = in_store(store).git("commit-tree", f"{kept}^{{tree}}", "-p", kept, stdin=message).decode().strip()
    in_store(store).git("update-ref", "refs/agor/checkpoints/s/t/end", commit)
    await collect(store)
    assert store.kept == {kept}
    assert await missing(store, [kept, dropped, *names]) == [dropped, *names]
    assert in_store(store).git("fsck", "--full", "--no-dangling") == b""


async def test_a_repository_that_was_packed_anew_is_shared_anew(repository: Repository) -> None:
    store = await store_of(repository)
    repository.commit(large=os.urandom(1_000_000))
    repository.git("gc", "-q")
    head = repository.text("rev-parse", "HEAD")
    await checkpoints.take(store, repository.path, "refs/agor/checkpoints/s/t/end")
    repository.commit(more=os.urandom(100_000))
    repository.git("gc", "-q", "--prune=now")
    assert private_bytes(store) > 1_000_000
    await collect(store)
    assert private_bytes(store) < 100_000
    assert await missing(store, [head]) == []
    assert in_store(store).git("fsck", "--full", "--no-dangling") == b""


async def test_what_a_killed_packing_left_goes(repository: Repository) -> None:
    store = await store_of(repository)
    left = [store.objects / "pack" / name for name in (".tmp-1-pack-ab.pack", "tmp_pack_ab")]
    for file in left:
        file.write_bytes(b"half")
        os.utime(file, (0, 0))
    await collect(store)
    assert not any(file.exists() for file in left)


async def test_collecting_is_due_when_something_was_let_go_or_has_grown(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await store_of(repository)
    await checkpoints.take(store, repository.path, refs.checkpoint_ref("s", "t", "end"))
    assert not needs_collecting(store)
    await refs.forget_checkpoints(store, "s")
    assert needs_collecting(store)
    await collect(store)
    assert not needs_collecting(store)
    await keep_history(store, repository.text("rev-parse", "HEAD"))
    await keep_history(store, repository.commit(more="1\n"))
    assert not needs_collecting(store)
    monkeypatch.setattr(packing, "MOST_GROWTH", 0)
    assert needs_collecting(store)
