"""Git repositories for the tests of this folder."""

from pathlib import Path

import pytest

from tests.builders.repositories import Repository, new_repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return new_repository(tmp_path / "repo", {"a.txt": "one\ntwo\n", "b.txt": "b\n", "sub/c.txt": "c\n"})
