"""A checkpoint touches nothing of the user's, and gives everything back: files of every kind."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from agor_core.errors import Conflict, GitFailed
from agor_core.git import checkpoints
from tests.builders.checkpoint_stores import store_of
from tests.builders.checkpoints import REF, keep, kept_in, load, round_trip, take
from tests.builders.repositories import Repository


async def test_a_clean_tree_is_heads_own(repository: Repository) -> None:
    taken = await round_trip(repository)
    assert not taken.dirty
    assert taken.sha_label == taken.head == repository.text("rev-parse", "HEAD")
    assert taken.branch == "main"
    assert taken.tree == repository.text("rev-parse", "HEAD^{tree}")


async def test_changed_new_and_deleted_files(repository: Repository) -> None:
    repository.write({"a.txt": "changed\n", "new.txt": "n\n", "deep/er/x": b"\0\1\2"})
    (repository.path / "b.txt").unlink()
    taken = await round_trip(repository)
    assert taken.dirty
    assert taken.sha_label == taken.head + "-dirty"
    assert (await kept_in(repository)).text("log", "-1", "--format=%an <%ae>|%P|%s", taken.commit) == (
        f"Agor <agor@localhost>|{taken.head}|Agor checkpoint"
    )


async def test_staged_and_unstaged_work_comes_back_as_it_was(repository: Repository) -> None:
    repository.write({"a.txt": "staged\n", "new.txt": "n\n"})
    repository.git("add", "-A")
    repository.git("mv", "b.txt", "moved.txt")
    repository.write({"a.txt": "and changed again\n"})
    await round_trip(repository)


async def test_only_staged_changes(repository: Repository) -> None:
    repository.write({"a.txt": "staged\n"})
    repository.git("add", "-A")
    assert (await round_trip(repository)).dirty


async def test_ignored_files_stay_out_and_tracked_ones_stay_in(repository: Repository) -> None:
    repository.write({"kept.log": "tracked\n", ".gitignore": "*.log\n.env\n"})
    repository.git("add", "-f", "kept.log", ".gitignore")
    repository.commit()
    repository.write({"kept.log": "changed\n", ".env": "SECRET=1\n", "other.log": "x\n"})
    taken = await take(repository)
    names = (await kept_in(repository)).git("ls-tree", "-r", "-z", "--name-only", taken.tree).split(b"\0")
    assert b".env" not in names
    assert b"other.log" not in names
    assert (await kept_in(repository)).git("cat-file", "blob", f"{taken.tree}:kept.log") == b"changed\n"


async def test_the_repositorys_own_exclude_file_counts(repository: Repository) -> None:
    (repository.path / ".git/info").mkdir(exist_ok=True)
    (repository.path / ".git/info/exclude").write_text("*.secret\n")
    repository.write({"x.secret": "no"})
    assert not (await take(repository)).dirty


@pytest.mark.parametrize(
    "name",
    [
        b"new\nline",
        b"quo\"te's",
        b"-n",
        b"--help",
        b"back\\slash",
        b"\xff\xfe raw",
        "überraschung".encode(),
        b"tab\there",
        b" leading and trailing ",
        b"$(touch owned)",
        b":(top)x",
        b"*",
        b"\x1b]52;c;x\x07",
        b"? 100644",
    ],
)
async def test_hostile_file_names(repository: Repository, name: bytes) -> None:
    text = os.fsdecode(name)
    inner = f"folder {text}/{text}"
    repository.write({text: "tracked", inner: "tracked"})
    repository.commit()
    repository.write({text: "changed", f"{text} untracked": "new"})
    (repository.path / inner).unlink()
    assert (await round_trip(repository)).dirty
    assert not (repository.path / "owned").exists()


async def test_links_and_modes(repository: Repository) -> None:
    script = repository.path / "run.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    (repository.path / "link").symlink_to("a.txt")
    repository.commit()
    script.chmod(0o644)
    (repository.path / "a.txt").chmod(0o755)
    (repository.path / "link").unlink()
    (repository.path / "link").symlink_to("/nonexistent/place")
    (repository.path / "fresh").symlink_to("../..")
    await round_trip(repository)


def file_becomes_folder(top: Path) -> None:
    (top / "a.txt").unlink()
    (top / "a.txt").mkdir()
    (top / "a.txt/inside").write_text("x")


def folder_becomes_file(top: Path) -> None:
    (top / "sub/c.txt").unlink()
    (top / "sub").rmdir()
    (top / "sub").write_text("x")


def folder_becomes_link(top: Path) -> None:
    (top / "sub").rename(top / "elsewhere")
    (top / "sub").symlink_to("elsewhere")


def folder_becomes_link_outside(top: Path) -> None:
    (top.parent / "outside").mkdir()
    (top.parent / "outside/c.txt").write_text("not ours")
    (top / "sub/c.txt").unlink()
    (top / "sub").rmdir()
    (top / "sub").symlink_to("../outside")


def file_becomes_fifo(top: Path) -> None:
    (top / "a.txt").unlink()
    os.mkfifo(top / "a.txt")


@pytest.mark.parametrize(
    "change", [file_becomes_folder, folder_becomes_file, folder_becomes_link, folder_becomes_link_outside]
)
async def test_one_kind_becomes_another(repository: Repository, change: Callable[[Path], None]) -> None:
    change(repository.path)
    await round_trip(repository)


async def test_what_is_no_file_counts_as_gone(repository: Repository) -> None:
    file_becomes_fifo(repository.path)
    os.mkfifo(repository.path / "new")
    taken = await take(repository)
    assert (await kept_in(repository)).text("ls-tree", "-r", "--name-only", taken.tree) == "b.txt\nsub/c.txt"


async def test_only_the_top_of_a_working_tree(repository: Repository) -> None:
    store = await store_of(repository)
    with pytest.raises(GitFailed, match="not the top"):
        await checkpoints.take(store, repository.path / "sub", REF)
    bare = repository.path.parent / "bare.git"
    repository.git("clone", "-q", "--bare", ".", str(bare))
    with pytest.raises(GitFailed, match="not the top"):
        await checkpoints.take(store, bare, REF)


async def test_an_unreadable_file_is_no_reason_to_fail(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.write({"closed": "x", "a.txt": "changed\n"})
    monkeypatch.setattr(os, "access", lambda path, mode: not os.fspath(path).endswith("closed"))
    taken = await keep(repository)
    assert "closed" not in (await kept_in(repository)).text("ls-tree", "-r", "--name-only", taken.tree)


async def test_restore_refuses_a_tree_that_is_not_fresh(repository: Repository) -> None:
    repository.write({"new": "x"})
    taken = await take(repository)
    before = repository.picture()
    with pytest.raises(Conflict, match="not fresh"):
        await checkpoints.restore(await store_of(repository), repository.path, taken)
    assert repository.picture() == before
    repository.commit()
    with pytest.raises(Conflict, match="stands at"):
        await checkpoints.restore(await store_of(repository), repository.path, taken)


@pytest.mark.parametrize("name", ["refs/agor/none", "HEAD", "main", "-x", "a\nb", "", "HEAD^{tree}"])
async def test_what_is_no_checkpoint_is_not_loaded(repository: Repository, name: str) -> None:
    repository.commit()
    with pytest.raises(GitFailed, match="no checkpoint"):
        await load(repository, name)


async def test_files_that_come_and_go_meanwhile(repository: Repository) -> None:
    script = "i=0; while :; do i=$((i+1)); echo $i > t$((i%50)); rm -f t$(((i+25)%50)); done"
    busy = await asyncio.create_subprocess_exec("sh", "-c", script, cwd=repository.path)
    try:
        for _ in range(10):
            await keep(repository)
    finally:
        busy.kill()
        await busy.wait()
