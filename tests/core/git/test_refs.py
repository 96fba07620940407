"""The hidden refs of checkpoints."""

import pytest

from agor_core.errors import InvalidInput
from agor_core.git import checkpoints, refs
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
    first = await checkpoints.take(repository.path, refs.checkpoint_ref("s", "t", "start"), message="m")
    await checkpoints.take(repository.path, refs.checkpoint_ref("s", "t", "end"), message="m")
    await checkpoints.take(repository.path, refs.checkpoint_ref("ss", "t", "end"), message="m")
    assert len(await refs.checkpoint_refs(repository.path)) == 3
    assert (await refs.checkpoint_refs(repository.path, "s"))["refs/agor/checkpoints/s/t/start"] == first.commit
    assert await refs.forget_checkpoints(repository.path, "s") == 2
    assert list(await refs.checkpoint_refs(repository.path)) == ["refs/agor/checkpoints/ss/t/end"]
    assert await refs.forget_checkpoints(repository.path, "s") == 0
