"""The script of the README that goes from one prompt to a commit on the branch, as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

from agor_core.config.paths import Paths

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_from_one_prompt_to_a_commit_on_the_branch(paths: Paths, tmp_path: Path) -> None:
    (script,) = re.findall(r"```sh\n([^`]*?agor race.*?)```", README, re.DOTALL)
    assert script.count("\n") <= 30
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "agor").write_text(f'#!/bin/sh\nexec {sys.executable} -m agor_tui "$@"\n')
    (programs / "agor").chmod(0o755)
    environ = {
        **os.environ,
        "AGOR_HOME": str(paths.home),
        "AGOR_PORT": "0",
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "TMPDIR": str(tmp_path),
    }
    checked = "set -e\n" + script + 'git show --stat --format=%s HEAD; cat NOTES.md mine.txt; echo "attempts: $*"\n'
    ran = subprocess.run(["bash", "-c", checked], env=environ, capture_output=True, text=True, timeout=120)
    said = ran.stdout
    assert ran.returncode == 0, said + ran.stderr
    compared, _, rest = said.partition("diff --git")
    assert re.search(r"^calc.py +\+1 −1 +\+1 −0 +\+1 −1  same as A$", compared, re.MULTILINE)
    assert "NOTES.md with main" in compared
    assert re.search(r"^check +✓ .*✗ .*✓", compared, re.MULTILINE)
    assert "Say why it was wrong." in rest
    assert "1 file written" in rest
    assert "conflicts in NOTES.md" in rest
    assert rest.count("Landed in main at ") == 2
    assert "is taken back" in rest
    assert ran.stderr.count("is archived; ") == 3
    assert re.search(r"^\w+ Mend the sum\n\w+ Say small\n\w+ Begin\n\?\? mine.txt$", rest, re.MULTILINE)
    assert re.search(r"^Mend the sum\n\n calc.py .*\n usage.md ", rest, re.MULTILINE)
    assert "Adds small numbers.\nmy own work\n" in rest
