"""What can be wrong with a home, each in one sentence that says what to do."""

import os
from pathlib import Path

import pytest

from agor_core.config import home_checks
from agor_core.config.home_checks import Fault
from agor_core.config.paths import Paths

MOUNTS = r"""
/dev/vda / ext4 rw 0 0
server:/home /home nfs4 rw,vers=4.2 0 0
/dev/vdb /home/ada/local\040disk xfs rw 0 0
drive /drive 9p rw 0 0
tmpfs /home/ada/over tmpfs rw 0 0
server:/x /home/ada/over nfs rw 0 0
""".strip()


def found(home: Path) -> list[Fault]:
    return [fault for check in home_checks.CHECKS if (fault := check(Paths(home)))]


def test_a_home_as_it_should_be_has_no_fault_and_is_left_as_it_was(tmp_path: Path) -> None:
    assert found(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_link_to_nowhere_names_where_it_leads(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.symlink_to(tmp_path / "gone")
    fault = home_checks.link(Paths(home))
    assert fault is not None
    assert str(tmp_path / "gone") in fault.sentence
    (tmp_path / "gone").mkdir()
    assert home_checks.link(Paths(home)) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_home_of_another_user(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    try:
        [fault] = found(tmp_path)
    finally:
        os.chown(tmp_path, 0, 0)
    assert (fault.refuses, "belongs to nobody" in fault.sentence) == (True, True)


@pytest.mark.parametrize(("mode", "refuses"), [(0o777, True), (0o707, True), (0o770, False), (0o1777, True)])
def test_a_home_that_others_can_write_to(tmp_path: Path, mode: int, refuses: bool) -> None:
    tmp_path.chmod(mode)
    [fault] = found(tmp_path)
    assert (fault.refuses, f"chmod go-w {tmp_path}" in fault.sentence) == (refuses, True)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/ada/.agor", "nfs4"),
        ("/home/ada/local disk/.agor", "xfs"),
        ("/drive/agor", "9p"),
        ("/driven", "ext4"),
        ("/home/ada/over", "nfs"),  # what was mounted last lies on top
        ("/homes", "ext4"),
    ],
)
def test_the_file_system_of_a_path(path: str, kind: str) -> None:
    assert home_checks.mounted_as(Path(path), MOUNTS) == kind


def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home_checks, "_mounts", lambda: f"server:/x {tmp_path} nfs4 rw 0 0")
    [fault] = found(tmp_path / ".")
    assert (fault.refuses, "network file system (nfs4)" in fault.sentence) == (True, True)


@pytest.mark.parametrize("name", ["config.toml", "agor.db", "daemon.lock", "daemon.pid", "token", "logs/daemon.log"])
def test_a_pipe_in_the_place_of_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "logs").mkdir()
    os.mkfifo(tmp_path / name)
    [fault] = found(tmp_path)
    assert fault.sentence == f"{tmp_path / name} is not a regular file; take it away and try again."
