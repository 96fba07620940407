"""The files of a checkpoint are brought back in the midst of work, and nothing that is kept nowhere is lost by it."""

import os
from pathlib import Path

import pytest

from agor_core.errors import InvalidInput
from agor_core.git import checkpoints, restoring
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.files import SizeLimits
from agor_core.git.restoring import RestorePlan
from tests.builders.checkpoint_stores import store_of
from tests.builders.repositories import Repository, new_repository

BEFORE = "refs/agor/checkpoints/s/t/before"
SMALL = SizeLimits(file=1_000)


async def keep(repository: Repository, name: str = "end") -> Checkpoint:
    store = await store_of(repository)
    return await checkpoints.take(store, repository.path, f"refs/agor/checkpoints/s/t/{name}", limits=SMALL)


async def restored(repository: Repository, wanted: Checkpoint, *paths: str) -> tuple[Checkpoint, RestorePlan]:
    """Restore after a checkpoint of what is there; that checkpoint, and what was done."""
    store, now = await store_of(repository), await keep(repository, "before")
    planned = await restoring.plan(store, repository.path, now, wanted, paths)
    return now, await restoring.carry_out(store, repository.path, planned)


async def test_all_files_come_back_and_the_undoing_brings_back_what_was_there(repository: Repository) -> None:
    repository.write({"new.txt": "new\n", "sub/deep/er.txt": "deep\n", "tool": "#!/bin/sh\n", "b.txt": "changed\n"})
    (repository.path / "tool").chmod(0o755)
    (repository.path / "link").symlink_to("a.txt")
    wanted, then = await keep(repository), repository.files()
    (repository.path / "tool").chmod(0o644)
    (repository.path / "link").unlink()
    (repository.path / "link").symlink_to("elsewhere")
    repository.git("rm", "-q", "a.txt")
    repository.commit("later")
    repository.write(
        {"later.txt": "later\n", "new.txt": "newer\n", "sub/deep/other/x.txt": "x\n", "a.txt/inside": "y\n"}
    )
    (repository.path / "sub/deep/er.txt").unlink()
    now, index = repository.files(), (repository.path / ".git/index").read_bytes()
    head = repository.text("rev-parse", "HEAD")
    before, done = await restored(repository, wanted)
    assert repository.files() == then
    assert sorted(done.written) == [b"a.txt", b"link", b"new.txt", b"sub/deep/er.txt", b"tool"]
    assert sorted(done.removed) == [b"a.txt/inside", b"later.txt", b"sub/deep/other/x.txt"]
    assert done.kept == ()
    assert not (repository.path / "sub/deep/other").exists()
    assert repository.text("rev-parse", "HEAD") == head
    assert (repository.path / ".git/index").read_bytes() == index
    _, undone = await restored(repository, before)
    assert repository.files() == now
    assert (undone.kept, len(undone.written), len(undone.removed)) == ((), 6, 2)


async def test_nothing_to_do_writes_nothing(repository: Repository) -> None:
    wanted = await keep(repository)
    times = {file: file.lstat().st_mtime_ns for file in repository.path.rglob("*")}
    _, done = await restored(repository, wanted)
    assert done == RestorePlan({}, (), ())
    assert {file: file.lstat().st_mtime_ns for file in repository.path.rglob("*")} == times


async def test_some_files_and_folders(repository: Repository) -> None:
    wanted = await keep(repository)
    changed = {"a.txt": "2\n", "b.txt": "2\n", "sub/c.txt": "2\n", "sub/new.txt": "2\n", "subway.txt": "2\n"}
    repository.write(changed)
    _, done = await restored(repository, wanted, "a.txt", "./sub/")
    assert sorted([*done.written, *done.removed]) == [b"a.txt", b"sub/c.txt", b"sub/new.txt"]
    assert (repository.path / "b.txt").read_text() == "2\n"
    assert (repository.path / "subway.txt").exists()
    with pytest.raises(InvalidInput, match=r"^nothing.txt: neither the checkpoint nor the folder has it\.$"):
        await restored(repository, wanted, "b.txt", "nothing.txt")
    assert (repository.path / "b.txt").read_text() == "2\n"
    assert sorted((await restored(repository, wanted, "."))[1].written) == [b"b.txt"]


async def test_what_no_checkpoint_holds_stays_and_is_named(repository: Repository) -> None:
    """Ignored and large files at the place of a file, of its folder, and in a folder that is to be a file."""
    repository.write({"file": "1\n", "folder/file": "1\n", "place": "1\n", "big": "1\n", "grown": "1\n"})
    wanted = await keep(repository)
    for name in ("file", "place", "big", "grown"):
        (repository.path / name).unlink()
    (repository.path / "folder/file").unlink()
    (repository.path / "folder").rmdir()
    mine = {"file": "mine", "folder": "mine", "place/mine": "mine", "big": "x" * 2_000, "grown": "y" * 2_000}
    repository.write({".git/info/exclude": "file\nfolder\nmine\n", **mine, "place/theirs": "theirs"})
    _, done = await restored(repository, wanted)
    assert done.kept == (b"big", b"file", b"folder/file", b"grown", b"place")
    assert done.removed == (b"place/theirs",)
    for name, content in mine.items():
        assert (repository.path / name).read_text() == content


async def test_a_file_that_is_written_meanwhile_stays(repository: Repository) -> None:
    wanted = await keep(repository)
    repository.write({"a.txt": "2\n", "new.txt": "2\n"})
    store, now = await store_of(repository), await keep(repository, "before")
    repository.write({"a.txt": "3\n", "new.txt": "3\n"})
    planned = await restoring.plan(store, repository.path, now, wanted)
    assert planned == RestorePlan({}, (), (b"a.txt", b"new.txt"))


async def test_what_the_wanted_checkpoint_left_out_stays(repository: Repository) -> None:
    repository.write({"data.bin": "x" * 2_000})
    wanted = await keep(repository)
    assert wanted.left_out == ("data.bin",)
    repository.write({"data.bin": "small\n", "a.txt": "2\n"})
    _, done = await restored(repository, wanted)
    assert (sorted(done.written), done.removed, done.kept) == ([b"a.txt"], (), (b"data.bin",))
    assert (repository.path / "data.bin").read_text() == "small\n"


async def test_links_are_not_followed(tmp_path: Path, repository: Repository) -> None:
    repository.write({"folder/file": "1\n", "other/file": "1\n"})
    wanted = await keep(repository)
    for name in ("folder", "other"):
        (repository.path / name / "file").unlink()
        (repository.path / name).rmdir()
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("theirs")
        (repository.path / name).symlink_to(tmp_path / name)
    repository.write({".git/info/exclude": "other\n"})
    _, done = await restored(repository, wanted)
    assert (sorted(done.written), done.removed, done.kept) == ([b"folder/file"], (b"folder",), (b"other/file",))
    assert not (repository.path / "folder").is_symlink()
    assert [(tmp_path / name / "file").read_text() for name in ("folder", "other")] == ["theirs", "theirs"]


async def test_bytes_that_git_converts_come_back(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", {".gitattributes": "* text=auto\n", "a": "1\r\n2\r\n", "b": "1\n"})
    repository.config("core.autocrlf", "true")
    wanted, then = await keep(repository), repository.files()
    repository.write({"a": "1\n2\n", "b": "1\r\n"})
    now = repository.files()
    before, done = await restored(repository, wanted)
    assert (repository.files(), sorted(done.written)) == (then, [b"a", b"b"])
    await restored(repository, before)
    assert repository.files() == now


async def test_files_larger_than_a_portion_and_names_of_all_kinds(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "BATCH", 300)
    names = ["-n", 'quote"', "new\nline", os.fsdecode(b"\xff"), "é", "empty"]
    repository.write({name: name.encode("utf-8", "surrogateescape") * 60 if name != "empty" else b"" for name in names})
    wanted, then = await keep(repository), repository.files()
    repository.write(dict.fromkeys(names, "2\n"))
    _, done = await restored(repository, wanted)
    assert (repository.files(), len(done.written)) == (then, len(names))
    monkeypatch.setattr(restoring, "LARGEST", 100)
    repository.write(dict.fromkeys(names, "2\n"))
    _, done = await restored(repository, wanted, "-n", "é", "empty")
    assert (sorted(done.written), done.kept) == ([b"empty"], (b"-n", "é".encode()))
