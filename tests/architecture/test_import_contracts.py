"""Who may import whom: the contracts in ``pyproject.toml`` hold."""

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.architecture.project import ROOT


def test_all_import_contracts_are_kept() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    ended = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"{len(declared)} kept, 0 broken" in ended.stdout
