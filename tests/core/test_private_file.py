"""Files of the home that are written as a whole or not at all."""

import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agor_core.config import private_file


@contextmanager
def no_room() -> Iterator[None]:
    """No file may grow, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_pipe_is_neither_read_nor_written(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "file")
    with pytest.raises(OSError, match="not a regular file"):
        private_file.read(tmp_path / "file")
    with pytest.raises(OSError, match="No such device"):
        private_file.open_regular(tmp_path / "file", os.O_WRONLY | os.O_APPEND)


def test_a_kill_leaves_one_unfinished_file_which_the_next_writer_takes(tmp_path: Path) -> None:
    file = tmp_path / "token"
    for shared, left in [(True, f".token.{os.getpid()}.tmp"), (False, ".token.tmp")]:
        (tmp_path / left).write_bytes(b"much longer than what comes")
        private_file.write(file, b"new", shared=shared)
        assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"token": b"new"}


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "token"
    private_file.write(file, b"one")
    private_file.write(file, b"two")
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"two", 0o600)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("before", [None, b"as it was"])
def test_without_room_nothing_changes_and_nothing_is_left(tmp_path: Path, before: bytes | None) -> None:
    file = tmp_path / "token"
    if before is not None:
        private_file.write(file, before)
    with no_room(), pytest.raises(OSError, match="File too large"):
        private_file.write(file, b"new")
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == ({"token": before} if before else {})


def test_the_content_is_synced_before_the_rename_and_the_folder_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, list[str]]] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        synced.append((kind, sorted(entry.name for entry in tmp_path.iterdir())))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    private_file.write(tmp_path / "token", b"one")
    assert synced == [("file", [".token.tmp"]), ("folder", ["token"])]
