"""Every byte comes back, whatever git converts between files and blobs."""

from pathlib import Path
from typing import Any

import pytest

from agor_core.git import checkpoints, diff, durability, worktrees
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.process import git
from tests.builders.checkpoint_stores import store_of
from tests.builders.checkpoints import keep, load
from tests.builders.repositories import Repository, new_repository

LINES = {"lf": "1\n2\n", "crlf": "1\r\n2\r\n", "mixed": "1\r\n2\n", "cr": "1\r2\r", "binary": b"\0\r\n\n", "none": "x"}


async def round_trip(repository: Repository) -> Checkpoint:
    repository.git("status")
    before = repository.picture()
    taken = await keep(repository)
    assert repository.picture() == before
    assert await load(repository) == taken
    path = repository.path.parent / "restored"
    await worktrees.add(repository.path, path, branch="restored", start=taken.head)
    await checkpoints.restore(await store_of(repository), path, taken)
    assert Repository(path).files() == repository.files()
    return taken


@pytest.mark.parametrize("autocrlf", ["true", "input", "false"])
@pytest.mark.parametrize(
    "attributes", ["", "* text=auto\n", "* text eol=crlf\n", "* text=auto eol=lf\n", "* ident\n", "* -text\n"]
)
async def test_line_ends(tmp_path: Path, autocrlf: str, attributes: str) -> None:
    repository = new_repository(tmp_path / "repo", {".gitattributes": attributes})
    repository.config("core.autocrlf", autocrlf)
    repository.config("core.safecrlf", "true")
    committed = {f"committed-{name}": content for name, content in LINES.items()}
    repository.write(committed | {f"rewritten-{name}": content for name, content in LINES.items()})  # type: ignore[arg-type]
    repository.git("-c", "core.safecrlf=false", "add", "-A")
    repository.git("commit", "-q", "-m", "lines")
    assert not (await keep(repository)).dirty
    for name, content in LINES.items():
        more = content if isinstance(content, bytes) else content.encode()  # type: ignore[attr-defined]
        repository.write({f"untracked-{name}": more, f"rewritten-{name}": more + b"more\r\nand\nmore $Id$"})
    repository.write({"program": "#!/bin/sh\r\n"})
    (repository.path / "program").chmod(0o755)
    await round_trip(repository)


async def test_exact_bytes_are_flushed_once_and_not_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first checkpoint of a repository with CRLF line ends keeps the bytes of every file."""
    files = {f"{number}.txt": f"{number}\r\n" for number in range(40)}
    repository = new_repository(tmp_path / "repo", {".gitattributes": "* text eol=crlf\n", **files})
    repository.git("repack", "-q", "-a", "-d")
    flushed, settings = [], []

    async def recorded(*arguments: str, **options: Any) -> bytes:
        if arguments[0] == "hash-object":
            settings.append(dict(options["config"]))
        return await git(*arguments, **options)

    monkeypatch.setattr("agor_core.git.snapshot.git", recorded)
    monkeypatch.setattr(durability, "_sync_file_system", flushed.append)
    taken = await keep(repository)
    store = await store_of(repository)
    assert taken.exact is not None
    assert len(flushed) == 1
    assert flushed[0].is_relative_to(store.objects)
    assert ["core.fsync" in one for one in settings] == [False]


async def test_a_difference_shows_no_line_ends_that_nobody_changed(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", {".gitattributes": "* text eol=crlf\n", "a": "1\r\n2\r\n3\r\n"})
    first = await keep(repository)
    repository.write({"a": "1\r\n2\r\n3\r\n4\r\n"})
    second = await keep(repository)
    stat = diff.diffstat(
        await diff.changes(repository.path, first.commit, second.commit, store=await store_of(repository))
    )
    assert (stat.files, stat.insertions, stat.deletions) == (1, 1, 0)
    assert not first.dirty


async def test_attributes_of_the_repository_alone(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo")
    (repository.path / ".git/info").mkdir(exist_ok=True)
    (repository.path / ".git/info/attributes").write_text("* text eol=crlf\n")
    repository.write({"a": "1\r\n", "b": "1\n"})
    await round_trip(repository)


async def test_attributes_that_nobody_committed(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", {"a": "1\r\n", "b": "1\n", "sub/c": "1\n"})
    repository.write({".gitattributes": "a text eol=crlf\nb ident eol=crlf text\n", "sub/.gitattributes": "c eol=crlf"})
    await round_trip(repository)


async def test_attributes_that_went_away(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", {".gitattributes": "* text eol=crlf\n", "a": "1\r\n", "b": "1\n"})
    (repository.path / ".gitattributes").unlink()
    repository.write({"c": "1\n", "d": "1\r\n"})
    await round_trip(repository)


async def test_filters(tmp_path: Path) -> None:
    """Of files under a filter the blob is one thing and the file another, of the same size here."""
    repository = new_repository(tmp_path / "repo", {".gitattributes": "*.up filter=up\n"}, commit=False)
    repository.config("filter.up.clean", "tr a-z A-Z")
    repository.config("filter.up.smudge", "tr A-Z a-z")
    repository.config("filter.up.required", "true")
    repository.write({"same.up": "abc\n", "changed.up": "abc\n"})
    repository.commit()
    assert repository.git("cat-file", "blob", "HEAD:same.up") == b"ABC\n"
    repository.write({"changed.up": "Changed\n", "new.up": "New\n"})
    await round_trip(repository)


async def test_pointers_of_large_files_stay_pointers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agor_core.git.exact.LARGEST_FILTERED", 100)
    repository = new_repository(tmp_path / "repo", {".gitattributes": "*.big filter=big\n"}, commit=False)
    repository.config("filter.big.clean", "echo pointer; cat >/dev/null")
    repository.write({"same.big": "x" * 1000})
    repository.commit()
    repository.git("status")
    taken = await keep(repository)
    assert not taken.dirty
    assert taken.exact is None
    await worktrees.add(repository.path, tmp_path / "restored", branch="restored", start=taken.head)
    await checkpoints.restore(await store_of(repository), tmp_path / "restored", taken)
    assert (tmp_path / "restored/same.big").read_text() == "pointer\n"


async def test_encodings_and_files_that_are_not_in_them(tmp_path: Path) -> None:
    attributes = {".gitattributes": "*.txt text working-tree-encoding=UTF-16LE eol=crlf\n"}
    repository = new_repository(tmp_path / "repo", attributes)
    repository.commit(**{"good.txt": "a中\r\n".encode("utf-16-le"), "same.txt": "x\r\n".encode("utf-16-le")})  # type: ignore[arg-type]
    repository.write(
        {"good.txt": "b中\r\n中".encode("utf-16-le"), "bad.txt": b"odd", "worse.txt": b"\xff\xfe\x00\xd8x"}
    )
    (repository.path / "link.txt").symlink_to("bad.txt")
    await round_trip(repository)


async def test_export_ignore_means_nothing_here(tmp_path: Path) -> None:
    repository = new_repository(
        tmp_path / "repo", {".gitattributes": "* export-ignore export-subst\n", "a": "$Format$"}
    )
    repository.write({"b": "$Format:%H$"})
    await round_trip(repository)


async def test_a_file_that_a_link_replaced_is_not_written_through(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", {".gitattributes": "* text eol=crlf\n", "a": "1\n", "sub/b": "1\n"})
    (repository.path / "a").unlink()
    (repository.path / "a").symlink_to("/etc/hostname")
    (repository.path / "sub/b").unlink()
    (repository.path / "sub").rmdir()
    (repository.path / "sub").symlink_to(tmp_path)
    await round_trip(repository)
