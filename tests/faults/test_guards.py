"""Each guard of the list is in the code once, and its test is there; without the guard that test fails.

The proof without it is made with AGOR_FAULTS=long only: it takes a copy of the code and minutes.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.conftest import Promise
from tests.faults.guards import GUARDS, Guard

ROOT = Path(__file__).parents[2]
LONG = os.environ.get("AGOR_FAULTS") == "long"
TESTS_FAILED = 1


def name(guard: Guard) -> str:
    return guard.keeps.replace(" ", "-")


@pytest.mark.parametrize("guard", GUARDS, ids=name)
def test_the_guard_and_its_test_are_there(guard: Guard) -> None:
    assert (ROOT / guard.file).read_text().count(guard.old) == 1
    file, _, test = guard.test.partition("::")
    assert f"def {test.partition('[')[0] or 'test_'}" in (ROOT / file).read_text()


@pytest.mark.skipif(not LONG, reason="takes the code apart: with AGOR_FAULTS=long only")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("guard", GUARDS, ids=name)
def test_without_the_guard_its_test_fails(guard: Guard, tmp_path: Path, promise: Promise) -> None:
    for part in ("agor_core", "agor_daemon", "agor_tui", "tests", "pyproject.toml"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, tmp_path / part)
    ran = run(guard, tmp_path)
    assert ran.returncode == 0, ran.stdout
    code = tmp_path / guard.file
    code.write_text(code.read_text().replace(guard.old, guard.new))
    ran = run(guard, tmp_path)
    assert ran.returncode == TESTS_FAILED, ran.stdout
    promise(f"guard: {guard.keeps}", "its test fails without it")


def run(guard: Guard, copy: Path) -> "subprocess.CompletedProcess[str]":
    """Run the guard's test on a copy of the code."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", guard.test]
    variables = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    if "test_home.py" not in guard.test:
        variables.pop("AGOR_FAULTS", None)
    return subprocess.run(command, cwd=copy, env=variables, capture_output=True, text=True, check=False)
