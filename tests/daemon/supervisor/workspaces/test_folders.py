"""Folders that requests name: which are refused, which git may know, and that a disk that hangs delays nothing else."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agor_core.errors import InvalidInput
from agor_daemon.supervisor.workspaces import folders
from agor_daemon.supervisor.workspaces.folders import FolderProbe


@pytest.fixture
async def probe() -> AsyncIterator[FolderProbe]:
    made = FolderProbe()
    yield made
    made.close()


async def test_a_folder_outside_of_git_is_plain(probe: FolderProbe, tmp_path: Path) -> None:
    assert await probe.find(f"{tmp_path}/") == (tmp_path, False)


@pytest.mark.parametrize("sign", [".git", "HEAD"])
async def test_a_folder_that_git_may_know_is_not(probe: FolderProbe, tmp_path: Path, sign: str) -> None:
    (tmp_path / sign).touch()
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert await probe.find(str(inner)) == (inner, True)


@pytest.mark.parametrize("given", ["a/b", "{}/nothing", "{}/file"])
async def test_what_is_no_folder_is_refused(probe: FolderProbe, tmp_path: Path, given: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput, match=r"^cwd: "):
        await probe.find(given.format(tmp_path))


async def test_a_disk_that_hangs_delays_nothing_else(
    probe: FolderProbe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()
    check = folders.check_directory  # type: ignore[attr-defined]

    def hanging(given: str, place: str) -> Path:
        if given.endswith("hangs"):
            answers.wait(30)
        return check(given, place)

    monkeypatch.setattr(folders, "check_directory", hanging)
    (tmp_path / "hangs").mkdir()
    slow = asyncio.create_task(probe.find(str(tmp_path / "hangs")))
    assert await probe.find(str(tmp_path)) == (tmp_path, False)
    assert not slow.done()
    answers.set()
    assert (await slow)[0] == tmp_path / "hangs"
