"""A glance at a folder: what may be taken for plain, what may not, and that nothing waits for a disk that hangs."""

import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agor_core.errors import InvalidInput
from agor_daemon.supervisor.workspaces import folders
from agor_daemon.supervisor.workspaces.folders import FolderProbe, Glance, NotPlain


@pytest.fixture
async def probe() -> AsyncIterator[FolderProbe]:
    made = FolderProbe()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy with other things has its time."""
    monkeypatch.setattr(folders, "PATIENCE", 5)


def seen(glance: Glance | None) -> Glance:
    assert glance is not None
    return glance


async def test_a_folder_outside_of_git_is_plain(probe: FolderProbe, tmp_path: Path) -> None:
    glance = seen(probe.glance(f"{tmp_path}/"))
    glance.confirm()
    assert glance.folder == tmp_path


@pytest.mark.parametrize("sign", [".git", "HEAD"])
async def test_a_folder_that_git_may_know_is_not(probe: FolderProbe, tmp_path: Path, sign: str) -> None:
    (tmp_path / sign).touch()
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    with pytest.raises(NotPlain, match="git"):
        seen(probe.glance(str(inner))).confirm()


@pytest.mark.parametrize("given", ["a/b", "{}/nothing", "{}/file"])
async def test_what_is_no_folder_is_refused(probe: FolderProbe, tmp_path: Path, given: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput, match=r"^cwd: "):
        seen(probe.glance(given.format(tmp_path))).confirm()


async def test_a_disk_that_hangs_keeps_nobody_waiting(
    probe: FolderProbe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()
    monkeypatch.setattr(folders, "check_directory", lambda *_: answers.wait(30))
    monkeypatch.setattr(folders, "PATIENCE", 0.001)
    glances = [seen(probe.glance(str(tmp_path))) for _ in range(folders.THREADS)]
    for glance in glances:
        with pytest.raises(NotPlain, match="not been seen"):
            glance.confirm()
    assert probe.glance(str(tmp_path)) is None
    answers.set()
