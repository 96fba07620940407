"""Where things are under Agor's home."""

import os
import tempfile
from dataclasses import fields
from pathlib import Path

import pytest

from agor_core.config.paths import LONGEST_SOCKET_PATH, Paths
from agor_core.errors import InvalidInput


def test_the_home_is_what_the_environment_says(tmp_path: Path) -> None:
    assert Paths.from_environment({"AGOR_HOME": str(tmp_path / "h")}).home == tmp_path / "h"


@pytest.mark.parametrize("environ", [{}, {"AGOR_HOME": ""}])
def test_the_home_is_in_the_users_by_default(environ: dict[str, str]) -> None:
    assert Paths.from_environment(environ).home == Path(os.environ["HOME"]) / ".agor"


def test_a_relative_home_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Paths.from_environment({"AGOR_HOME": "a/../b"}).home == tmp_path / "b"
    assert Paths.from_environment({"AGOR_HOME": "~/x"}).home == Path(os.environ["HOME"]) / "x"


def test_links_are_left_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert Paths.from_environment({"AGOR_HOME": str(tmp_path / "link")}).home == tmp_path / "link"


def test_the_home_of_a_user_that_there_is_not() -> None:
    with pytest.raises(InvalidInput, match="AGOR_HOME"):
        Paths.from_environment({"AGOR_HOME": "~no-such-user-here/agor"})


def test_all_but_the_socket_is_inside_the_home(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    names = [name for name, value in vars(Paths).items() if isinstance(value, property) and name != "socket"]
    assert len(names) >= 10
    assert len({getattr(paths, name) for name in names}) == len(names)
    assert all(getattr(paths, name).is_relative_to(tmp_path) for name in names)
    assert [field.name for field in fields(paths)] == ["home"]


def test_a_socket_path_that_is_too_long_moves_to_the_temporary_directory() -> None:
    fits = Path("/" + "h" * (LONGEST_SOCKET_PATH - len("//daemon.sock")))
    assert Paths(fits).socket == fits / "daemon.sock"
    longer = Path(f"{fits}h")
    moved = Paths(longer).socket
    assert moved.is_relative_to(tempfile.gettempdir())
    assert moved == Paths(longer).socket
    assert moved != Paths(Path(f"{longer}h")).socket
    assert str(os.getuid()) in moved.parent.name


def test_the_length_counts_bytes() -> None:
    assert not Paths(Path("/" + "é" * 50)).socket.is_relative_to("/é")
