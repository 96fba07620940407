"""Changes of one working tree are brought into another, merged three ways; what cannot be is known beforehand."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from agor_core.domain.graft import ConflictKind, OnConflict
from agor_core.errors import NotFound
from agor_core.git import checkpoints, grafting, placing
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.files import SizeLimits
from agor_core.git.filters import allowed_filters
from agor_core.git.grafting import GraftPlan
from agor_core.git.scions import Scion
from agor_core.git.taking_back import GraftedFile, take_back
from agor_core.git.three_way import Labels
from tests.builders.checkpoint_stores import store_of
from tests.builders.repositories import Repository, new_repository

LABELS = Labels("here", "there")
LIMITS = SizeLimits(file=2_000)
LINES = [f"{number}\n" for number in range(1, 31)]
FILES: dict[str, str | bytes] = {
    "text": "".join(LINES),
    "tool": "#!/bin/sh\n",
    "pixels": b"\0\1\2",
    "old/name": "".join(f"a line that is named {number}\n" for number in range(20)),
    ".gitignore": "built\n",
}


def lines(**changed: str) -> str:
    """The text with some lines changed: ``l3="x"``."""
    return "".join(f"{changed[f'l{n}']}\n" if f"l{n}" in changed else line for n, line in enumerate(LINES, 1))


class Pair:
    """Two worktrees of one repository, ``a`` to take from and ``b`` to bring into."""

    def __init__(self, folder: Path, files: dict[str, str | bytes], config: dict[str, str]) -> None:
        self.main = new_repository(folder / "main", {}, commit=False)
        for key, value in config.items():
            self.main.config(key, value)
        self.main.write(files)
        self.base = self.main.commit("first")
        for name in "ab":
            self.main.git("worktree", "add", "-q", "-b", name, os.fspath(folder / name))
        self.a, self.b = Repository(folder / "a"), Repository(folder / "b")

    async def kept(self, repository: Repository, point: str = "now") -> Checkpoint:
        ref = f"refs/agor/checkpoints/{repository.path.name}/t/{point}"
        return await checkpoints.take(await store_of(self.main), repository.path, ref, limits=LIMITS)

    async def planned(self, *paths: str, on_conflict: OnConflict = "refuse", **ranges: tuple[int, int]) -> GraftPlan:
        now, there = await self.kept(self.b), await self.kept(self.a)
        scion = Scion(self.base, there, paths, {name: [range_] for name, range_ in ranges.items()})
        store = await store_of(self.main)
        return await grafting.plan(store, self.b.path, now, scion, LABELS, on_conflict=on_conflict)

    async def graft(self, *paths: str, on_conflict: OnConflict = "refuse", **ranges: tuple[int, int]) -> GraftPlan:
        planned = await self.planned(*paths, on_conflict=on_conflict, **ranges)
        assert not planned.conflicts
        done = await grafting.carry_out(await store_of(self.main), self.b.path, planned, await self.kept(self.a))
        assert done.kept == ()
        return planned


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path, FILES, {})


def text_of(repository: Repository, name: str) -> str:
    return (repository.path / name).read_bytes().decode()


async def test_files_of_every_kind_become_uncommitted_changes(pair: Pair) -> None:
    pair.a.write({"text": lines(l2="two"), "new/file": "new\n", "pixels": b"\0\3", "not/this": "x\n"})
    (pair.a.path / "tool").chmod(0o755)
    (pair.a.path / "link").symlink_to("text")
    (pair.a.path / "old/name").rename(pair.a.path / "moved")
    pair.b.write({"text": lines(l28="of b")})
    index = pair.b.git("diff", "--cached", "--raw")
    planned = await pair.graft("text", "new", "./pixels", "tool", "link", "moved")
    assert planned.merged == [b"text"]
    assert text_of(pair.b, "text") == lines(l2="two", l28="of b")
    assert (text_of(pair.b, "new/file"), (pair.b.path / "pixels").read_bytes()) == ("new\n", b"\0\3")
    assert os.access(pair.b.path / "tool", os.X_OK)
    assert (pair.b.path / "link").readlink() == Path("text")
    assert (pair.b.path / "moved").exists()
    assert not (pair.b.path / "old").exists()  # a rename takes its old name along
    assert not (pair.b.path / "not").exists()
    assert pair.b.git("diff", "--cached", "--raw") == index
    assert pair.b.text("rev-parse", "HEAD") == pair.base
    again = await pair.planned("text", "new", "tool", "link", "moved")
    assert not again.changes
    assert set(again.same) >= {b"new/file", b"tool", b"link", b"moved"}


async def test_what_was_committed_comes_too_and_everything_without_a_path(pair: Pair) -> None:
    pair.a.commit("one", text=lines(l1="one"))
    (pair.a.path / "tool").unlink()
    await pair.graft()
    assert text_of(pair.b, "text") == lines(l1="one")
    assert not (pair.b.path / "tool").exists()


async def test_a_file_that_was_renamed_here_gets_the_change_under_its_new_name(pair: Pair) -> None:
    pair.b.git("mv", "text", "renamed")
    pair.a.write({"text": lines(l2="two")})
    await pair.graft("text")
    assert text_of(pair.b, "renamed") == lines(l2="two")
    assert not (pair.b.path / "text").exists()


async def test_some_hunks_of_a_file(pair: Pair) -> None:
    pair.a.write({"text": lines(l2="two", l15="fifteen", l29="near the end").removesuffix("\n")})
    pair.b.write({"text": lines(l8="of b")})
    await pair.graft(text=(15, 15))
    assert text_of(pair.b, "text") == lines(l8="of b", l15="fifteen")
    await pair.graft(text=(30, 30))
    assert text_of(pair.b, "text") == lines(l8="of b", l15="fifteen", l29="near the end").removesuffix("\n")
    with pytest.raises(NotFound, match=r"^text: no change shows one of these lines\.$"):
        await pair.planned(text=(22, 22))


def write(name: str, content: str | bytes) -> Callable[[Repository], None]:
    return lambda repository: repository.write({name: content})


def remove(name: str) -> Callable[[Repository], None]:
    return lambda repository: (repository.path / name).unlink()


def linked(name: str) -> Callable[[Repository], None]:
    def link(repository: Repository) -> None:
        (repository.path / name).unlink(missing_ok=True)
        (repository.path / name).symlink_to("somewhere")

    return link


def moved(name: str, to: str) -> Callable[[Repository], None]:
    def move(repository: Repository) -> None:
        (repository.path / name).rename(repository.path / to)

    return move


def folder_in_place(repository: Repository) -> None:
    (repository.path / "tool").unlink()
    repository.write({"tool/inside": "x\n"})


Change = Callable[[Repository], None]


@pytest.mark.parametrize(
    ("there", "here", "path", "kind"),
    [
        (write("text", lines(l2="a")), write("text", lines(l2="b")), "text", ConflictKind.LINES),
        (write("text", lines(l2="a")), write("text", lines(l4="b").replace("\n", "\r\n")), "text", "line_ends"),
        (write("pixels", b"\0a"), write("pixels", b"\0b"), "pixels", ConflictKind.BINARY),
        (write("new", "a\n"), write("new", "b\n"), "new", ConflictKind.ADDED),
        (write("text", lines(l2="a")), remove("text"), "text", ConflictKind.DELETED_HERE),
        (remove("text"), write("text", lines(l2="b")), "text", ConflictKind.DELETED_THERE),
        (linked("tool"), write("tool", "#!/bin/bash\n"), "tool", ConflictKind.TYPE),
        (moved("old/name", "one"), moved("old/name", "two"), "one", ConflictKind.RENAMED),
        (write("folder/x", "a\n"), write("folder", "b\n"), "folder/x", ConflictKind.IN_THE_WAY),
        (write("folder", "a\n"), write("folder/x", "b\n"), "folder", ConflictKind.IN_THE_WAY),
        (write("tool", "a\n"), folder_in_place, "tool", ConflictKind.IN_THE_WAY),
        (write("odd", "x" * 3_000), lambda _: None, "odd", ConflictKind.TOO_LARGE),
        (write("odd", "x"), write("odd", "x" * 3_000), "odd", ConflictKind.NOT_KEPT),
    ],
)
async def test_conflicts_are_named_beforehand_and_nothing_is_touched(
    pair: Pair, there: Change, here: Change, path: str, kind: ConflictKind
) -> None:
    there(pair.a)
    here(pair.b)
    before = pair.b.files()
    planned = await pair.planned(path)
    assert planned.conflicts == {path.encode(): kind}
    assert not planned.changes
    assert pair.b.files() == before
    taken = await pair.planned(path, on_conflict="take")
    assert bool(taken.conflicts) is not ConflictKind(kind).can_be_taken
    if not taken.conflicts:
        assert taken.settled == {path.encode(): kind}


async def test_an_ignored_file_in_the_way_stays(pair: Pair) -> None:
    pair.a.write({".gitignore": "", "built": "a\n"})
    pair.b.write({"built": "precious\n"})
    assert (await pair.planned("built")).conflicts == {b"built": ConflictKind.NOT_KEPT}
    (pair.b.path / "built").unlink()
    pair.b.write({"built/deep/er": "precious\n"})
    assert (await pair.planned("built")).conflicts == {b"built": ConflictKind.IN_THE_WAY}


async def test_conflicts_are_marked_or_taken_as_asked(pair: Pair) -> None:
    pair.a.write({"text": lines(l2="a", l20="twenty"), "pixels": b"\0a"})
    pair.b.write({"text": lines(l2="b"), "pixels": b"\0b"})
    marked = await pair.planned("text", "pixels", on_conflict="mark")
    assert marked.conflicts == {b"pixels": ConflictKind.BINARY}  # a picture has no lines to mark
    marked = await pair.graft("text", on_conflict="mark")
    assert marked.settled == {b"text": ConflictKind.LINES}
    said = text_of(pair.b, "text")
    assert "<<<<<<< here\nb\n" in said
    assert "=======\na\n>>>>>>> there\n" in said
    assert "\ntwenty\n" in said
    await pair.graft("text", "pixels", on_conflict="take")
    assert (text_of(pair.b, "text"), (pair.b.path / "pixels").read_bytes()) == (lines(l2="a", l20="twenty"), b"\0a")


async def test_line_ends_are_written_as_a_checkout_would(tmp_path: Path) -> None:
    pair = Pair(tmp_path, {"text": lines(), ".gitattributes": "text text eol=crlf\n"}, {})
    assert text_of(pair.b, "text") == lines().replace("\n", "\r\n")
    pair.a.write({"text": lines(l2="two").replace("\n", "\r\n")})
    pair.b.write({"text": lines(l28="of b").replace("\n", "\r\n")})
    await pair.graft("text")
    assert text_of(pair.b, "text") == lines(l2="two", l28="of b").replace("\n", "\r\n")
    pair.a.write({"text": lines(l2="two", l14="14th").replace("\n", "\r\n")})
    await pair.graft(text=(14, 14))
    assert text_of(pair.b, "text") == lines(l2="two", l14="14th", l28="of b").replace("\n", "\r\n")


async def test_a_submodule_is_left_to_git(tmp_path: Path) -> None:
    pair = Pair(tmp_path, {"text": "x\n"}, {})
    pair.a.git("update-index", "--add", "--cacheinfo", f"160000,{pair.base},sub")
    (pair.a.path / "sub").mkdir()
    planned = await pair.planned("sub")
    assert planned.conflicts == {b"sub": ConflictKind.SUBMODULE}


async def test_it_is_undone_beside_what_was_changed_since(pair: Pair) -> None:
    pair.a.write({"text": lines(l2="two"), "new": "new\n"})
    before = await pair.kept(pair.b, "before")
    await pair.graft()
    after = await pair.kept(pair.b, "after")
    pair.b.write({"text": lines(l2="two", l28="later"), "more": "more\n"})
    now = await pair.kept(pair.b)
    store = await store_of(pair.main)
    planned = await grafting.plan(store, pair.b.path, now, Scion(after.commit, before), LABELS)
    assert not planned.conflicts
    await grafting.carry_out(store, pair.b.path, planned, before)
    assert text_of(pair.b, "text") == lines(l28="later")
    assert not (pair.b.path / "new").exists()
    assert (pair.b.path / "more").exists()


async def test_a_name_without_a_change_is_said(pair: Pair) -> None:
    pair.a.write({"built": "ignored\n"})
    for name in ("tool", "nothing", "built"):
        with pytest.raises(NotFound, match=f"^{name}: nothing is changed there that a checkpoint holds"):
            await pair.planned(name)


async def test_what_was_cut_off_is_taken_back_and_what_others_wrote_stays(pair: Pair) -> None:
    pair.a.write({"text": lines(l2="two"), "new/er": "new\n", "tool": "#!/bin/bash\n", "pixels": b"\0\5"})
    (pair.a.path / "old/name").unlink()
    there, before = pair.b.files(), await pair.kept(pair.b, "before")
    planned = await pair.graft()
    files = [GraftedFile(path, *entry) for path, entry in planned.files.written.items()]
    files += [GraftedFile(path, b"", "") for path in planned.files.removed]
    pair.b.write({"text": lines(), "pixels": b"somebody else's"})  # as if it had not been written yet
    placing.remnant(pair.b.path, b"tool").write_text("half of it")
    store = await store_of(pair.main)
    left = await take_back(store, pair.b.path, before, files, await allowed_filters(pair.b.path, {}))
    assert left == [b"pixels"]
    assert pair.b.files() == there | {b"pixels": ("file", b"somebody else's")}
    assert not (pair.b.path / "new").exists()
