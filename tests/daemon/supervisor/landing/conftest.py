"""A session with work to land, and programs that stand for gh and glab."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from agor_core.domain.session import Session
from agor_core.repositories import sessions
from tests.daemon.supervisor.conftest import Bench, git

SCRIPT = """#!/bin/sh
here=$(dirname "$0")
name=$(basename "$0")
given=$(cat)
for answer in "$here/$name"-answers/*; do
    asked=$(head -n 1 "$answer")
    case "$* " in "$asked "*)
        shift $(echo "$asked" | wc -w)
        echo "$* < $given" >> "$answer.asked"
        tail -n +2 "$answer"
        exit 0;;
    esac
done
echo "unknown: $*" >&2
exit 1
"""


class Programs:
    """Programs on a ``PATH`` of their own, which answer as they are told and note what they were asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    @property
    def environ(self) -> Mapping[str, str]:
        return {**os.environ, "PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}"}

    def answer(self, program: str, asked: str, text: str) -> None:
        answers = self.folder / f"{program}-answers"
        answers.mkdir(exist_ok=True)
        (answers / asked.replace(" ", "_").replace("/", "_")).write_text(f"{asked}\n{text}\n")
        script = self.folder / program
        script.write_text(SCRIPT)
        script.chmod(0o755)

    def asked(self, program: str, asked: str) -> list[str]:
        name = asked.replace(" ", "_").replace("/", "_")
        return (self.folder / f"{program}-answers" / f"{name}.asked").read_text().splitlines()


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """Before ``bench``, whose supervisor takes over the environment."""
    made = Programs(tmp_path / "programs")
    monkeypatch.setenv("PATH", made.environ["PATH"])
    return made


@pytest.fixture
async def session(programs: Programs, bench: Bench, repo: Path) -> Session:
    """A session in a worktree, with a commit and an uncommitted file; no agent runs."""
    bench.start()
    known = await bench.supervisor.add_repo(str(repo))
    tree = await bench.supervisor.add_worktree(known.repo_id, "greeting", base=None, worktree_id=None)
    top = Path(tree.path)
    (top / "src/main.py").write_text("print('better')\n")
    (top / "new.txt").write_text("new\n")
    git(top, "add", "-A")
    git(top, "commit", "-qm", "half")
    (top / "loose.txt").write_text("loose\n")
    made = await bench.session(cwd=repo, worktree="greeting", title="Better greeting")
    state = replace(made.git_state, target="main")
    return await bench.store.write(lambda w: sessions.update(w, replace(made, git_state=state)))
