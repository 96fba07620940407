"""Where two differences meet by their lines is where a merge of git would leave conflicts."""

import random
from pathlib import Path

import pytest

from agor_core.git import diff
from agor_core.git.meeting import difference, meeting, meets
from agor_core.git.merge_trees import Merge, try_merges
from tests.builders.checkpoint_stores import store_of
from tests.builders.repositories import Repository, new_repository

LINES = [f"line {number}\n" for number in range(12)]
FILES: dict[str, str | bytes] = {f"f{n}": "".join(LINES) for n in range(8)}
FILES |= {"pixels": b"\0\1", "folder/x": "x\n", "plain": "p\n"}


def mutate(repository: Repository, chance: random.Random) -> None:
    """Change, add and remove files at random; some changes are likely to be made by others just so."""
    for n in range(8):
        lines = list(LINES)
        for _ in range(chance.randrange(3)):
            place = chance.randrange(len(lines))
            match chance.randrange(4):
                case 0:
                    lines[place] = f"changed {chance.randrange(2)}\n"
                case 1:
                    lines.insert(place, f"new {chance.randrange(2)}\n")
                case 2:
                    del lines[place]
                case _:
                    lines[-1] = lines[-1].rstrip("\n")
        repository.write({f"f{n}": "".join(lines)})
    if chance.randrange(3) == 0:
        (repository.path / f"f{chance.randrange(3)}").unlink(missing_ok=True)
    if chance.randrange(2):
        repository.write({"pixels": b"\0" + bytes([chance.randrange(2)]), "new": f"{chance.randrange(2)}\n"})
    if chance.randrange(3) == 0:
        (repository.path / "plain").unlink()
        repository.write({"plain/inside": "x\n"})
    elif chance.randrange(2):
        (repository.path / "plain").chmod(0o755)


async def test_it_finds_the_conflicts_that_git_finds(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", FILES)
    base, chance = repository.text("rev-parse", "HEAD"), random.Random(3)
    commits = []
    for _ in range(14):
        repository.git("checkout", "-q", "-f", "--detach", base)
        repository.git("clean", "-qfd")
        mutate(repository, chance)
        commits.append(repository.commit("some"))
    store = await store_of(repository)
    found = [await difference(repository.path, base, commit, store=store) for commit in commits]
    pairs = [(a, b) for a in range(14) for b in range(a)]
    merged = await try_merges(store, [Merge(commits[a], commits[b]) for a, b in pairs])
    some = 0
    for (a, b), git in zip(pairs, merged, strict=True):
        told = meeting(found[a], found[b])
        if told is None:
            continue
        some += 1
        theirs = {path.partition(b"~")[0] for path in git.conflicts}
        assert {path.partition(b"/")[0] for path in told} == {path.partition(b"/")[0] for path in theirs}, (a, b)
        assert meets(found[a], found[b]) or not told
    assert some > 60
    for commit, one in zip(commits, found, strict=True):
        assert list(one.changes) == await diff.changes(repository.path, base, commit, store=store)


@pytest.mark.parametrize("kind", ["link", "renamed"])
async def test_lines_do_not_tell_of_renames_and_other_kinds(tmp_path: Path, kind: str) -> None:
    repository = new_repository(tmp_path / "repo", FILES)
    base = repository.text("rev-parse", "HEAD")
    if kind == "link":
        (repository.path / "f0").unlink()
        (repository.path / "f0").symlink_to("f1")
        repository.write({"f3": "other\n"})
    else:
        repository.git("mv", "folder/x", "y")
    found = await difference(repository.path, base, repository.commit(), store=await store_of(repository))
    assert found.lines is None
    assert meeting(found, found) is None
    assert list(found.changes) == await diff.changes(repository.path, base, "HEAD", store=await store_of(repository))
