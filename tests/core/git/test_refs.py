"""The hidden refs of checkpoints."""

import pytest

from agor_core.errors import InvalidInput
from agor_core.git import refs
from tests.builders.checkpoint_stores import store_of
from tests.builders.checkpoints import keep
from tests.builders.repositories import Repository


def test_names() -> None:
    assert refs.checkpoint_ref("0190-a", "0190-b", "end") == "refs/agor/checkpoints/0190-a/0190-b/end"


@pytest.mark.parametrize("part", ["", "..", "a/b", "-x", "a b", "a\n", "@{", "x.lock"])
def test_parts_never_escape(part: str) -> None:
    with pytest.raises(InvalidInput):
        refs.checkpoint_ref(part, "t", "start")
    with pytest.raises(InvalidInput):
        refs.checkpoint_ref("s", part, "start")


async def test_a_sessions_checkpoints_are_listed_and_forgotten(repository: Repository) -> None:
    store = await store_of(repository)
    first = await keep(repository, refs.checkpoint_ref("s", "t", "start"))
    await keep(repository, refs.checkpoint_ref("s", "t", "end"))
    await keep(repository, refs.checkpoint_ref("ss", "t", "end"))
    assert len(await refs.checkpoint_refs(store)) == 3
    assert (await refs.checkpoint_refs(store, "s"))["refs/agor/checkpoints/s/t/start"] == first.commit
    assert await refs.forget_checkpoints(store, "s") == 2
    assert list(await refs.checkpoint_refs(store)) == ["refs/agor/checkpoints/ss/t/end"]
    assert await refs.forget_checkpoints(store, "s") == 0
