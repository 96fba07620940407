"""What merges would give: the same as git's own merges, and nothing touched."""

from collections.abc import Mapping

import pytest

from agor_core.errors import GitFailed, InvalidInput
from agor_core.git import merge_trees
from agor_core.git.merge_trees import Merge, try_merge, try_merges
from tests.builders.checkpoint_stores import store_of
from tests.builders.checkpoints import keep
from tests.builders.repositories import Repository

LINES = "".join(f"line {number}\n" for number in range(1, 30))


@pytest.fixture(params=["in one process", "by an older git"])
def asked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "by an older git":

        async def too_old(*_: object) -> None:
            return None

        monkeypatch.setattr(merge_trees._Place, "merge_all", too_old)
    return str(request.param)


def side(repository: Repository, name: str, files: Mapping[str, str | bytes], start: str = "main") -> str:
    """A commit on a branch of its own."""
    repository.git("checkout", "-q", "-b", name, start)
    commit = repository.commit(name, **files)
    repository.git("checkout", "-q", "main")
    return commit


@pytest.mark.usefixtures("asked")
async def test_conflicts_are_those_of_a_merge(repository: Repository) -> None:
    repository.commit(both=LINES, apart=LINES, gone=LINES, binary=b"\0\1")
    first: dict[str, str | bytes] = {
        "both": LINES.replace("line 9", "nine"),
        "apart": "top\n" + LINES,
        "binary": b"\0\2",
        "new": "a\n",
    }
    one = side(repository, "one", first)
    second: dict[str, str | bytes] = {
        "both": LINES.replace("line 9", "neuf"),
        "apart": LINES + "end\n",
        "binary": b"\0\3",
        "new": "b\n",
    }
    two = side(repository, "two", {**second, "gone": LINES + "more\n"})
    repository.git("checkout", "-q", "one")
    repository.git("rm", "-q", "gone")
    repository.git("commit", "-q", "--amend", "--no-edit")
    one = repository.text("rev-parse", "HEAD")
    repository.git("merge", "-q", "two", check=False)
    unmerged = {line.split(b"\t")[1] for line in repository.git("ls-files", "-u").splitlines()}
    repository.git("merge", "--abort")
    before = repository.picture()
    found = await try_merge(await store_of(repository), one, two)
    assert not found.clean
    assert set(found.conflicts) == unmerged == {b"both", b"binary", b"new", b"gone"}
    clean = await try_merge(await store_of(repository), one, repository.text("rev-parse", "main"))
    assert (clean.clean, clean.conflicts) == (True, ())
    assert repository.picture() == before
    assert list((await store_of(repository)).objects.glob("??/*")) == []


@pytest.mark.usefixtures("asked")
async def test_trees_merge_on_a_base_that_is_given(repository: Repository) -> None:
    """The base counts, not the history: two checkpoints of one commit, held against a third."""
    repository.commit(text=LINES)
    base = await keep(repository, "refs/agor/checkpoints/s/a/start")
    repository.write({"text": LINES.replace("line 3", "three")})
    one = await keep(repository, "refs/agor/checkpoints/s/b/end")
    repository.write({"text": LINES.replace("line 3", "trois")})
    two = await keep(repository, "refs/agor/checkpoints/s/c/end")
    store = await store_of(repository)
    apart, same, onto = await try_merges(
        store,
        [
            Merge(one.tree, two.commit, base.tree),
            Merge(one.tree, two.tree, one.commit),
            Merge(one.commit, one.commit, base.commit),
        ],
    )
    assert apart.conflicts == (b"text",)
    assert same.clean
    assert onto.clean
    if same.tree is not None:
        assert (same.tree, onto.tree) == (two.tree, one.tree)


async def test_a_rename_is_followed(repository: Repository) -> None:
    repository.commit(text=LINES)
    changed = side(repository, "one", {"text": LINES.replace("line 3", "three")})
    repository.git("mv", "text", "moved")
    moved = repository.commit()
    assert (await try_merge(await store_of(repository), changed, moved)).clean


async def test_no_merge_driver_of_the_repository_runs(repository: Repository) -> None:
    repository.commit(**{".gitattributes": "* merge=mine\n", "text": LINES})
    repository.config("merge.mine.driver", f"touch {repository.path}/ran; true")
    one = side(repository, "one", {"text": "1\n"})
    two = side(repository, "two", {"text": "2\n"})
    assert (await try_merge(await store_of(repository), one, two)).conflicts == (b"text",)
    assert not (repository.path / "ran").exists()


@pytest.mark.usefixtures("asked")
async def test_what_cannot_be_merged(repository: Repository) -> None:
    store = await store_of(repository)
    assert await try_merges(store, []) == []
    head = repository.text("rev-parse", "HEAD")
    for name in ("-x", "", "main", head[:10]):
        with pytest.raises(InvalidInput):
            await try_merge(store, head, name)
    with pytest.raises(GitFailed, match="no commit or tree 0123"):
        await try_merge(store, head, "0123" * 10)
    repository.git("checkout", "-q", "--orphan", "other")
    with pytest.raises(GitFailed, match=r"merge-(tree|base) failed"):
        await try_merge(store, repository.commit(), head)
