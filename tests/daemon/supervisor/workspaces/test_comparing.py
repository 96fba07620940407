"""Sessions beside each other: their figures, what each did to which file, and what would conflict."""

import shutil
from pathlib import Path

from agor_core.wire.requests import Fork
from agor_daemon.supervisor.workspaces import points
from tests.builders.repositories import new_repository
from tests.daemon.supervisor.conftest import git


async def compare(bench, *sessions, at="now"):
    point = points.parse(at, "at")
    return await bench.supervisor.comparing.run([(session.session_id, point) for session in sessions])


async def test_three_attempts(bench, repo):
    attempts = []
    for title, lines in {
        "Right": ("write: same.txt 1", "write: own.txt 1", "run: git add . && git commit -qm work", "say: It works."),
        "Other": ("write: same.txt 1", "append: readme.txt other", "say: Done.\\nAll of it."),
        "Late": ("write: same.txt 2", "append: readme.txt late", "delete: src/main.py"),
    }.items():
        attempts.append(await bench.session(cwd=repo, title=title))
        await bench.run(attempts[-1], *lines)
    (repo / "readme.txt").write_text("moved on\n")
    git(repo, "commit", "-qam", "main moves on")
    found = await compare(bench, *attempts)
    right, other, late = found.sessions
    ids = [one.session_id for one in found.sessions]
    assert ids == [one.session_id for one in attempts]
    assert [(one.diffstat.files, one.diffstat.insertions, one.diffstat.deletions) for one in found.sessions] == [
        (2, 2, 0),
        (2, 2, 0),
        (3, 2, 1),
    ]
    assert [one.uncommitted for one in found.sessions] == [
        (),
        ("readme.txt", "same.txt"),
        ("readme.txt", "same.txt", "src/main.py"),
    ]
    assert [one.target for one in found.sessions] == ["main"] * 3
    assert [one.conflicts for one in found.sessions] == [(), ("readme.txt",), ("readme.txt",)]
    assert right.conflicts_with == {ids[2]: ("same.txt",)}
    assert other.conflicts_with == {ids[2]: ("readme.txt", "same.txt")}
    assert late.conflicts_with == {ids[0]: ("same.txt",), ids[1]: ("readme.txt", "same.txt")}
    assert (right.last_words, other.last_words, late.last_words) == ("It works.", "Done.\nAll of it.", "Done.")
    assert all(one.seconds > 0 and one.task_count == 1 and one.problem is None for one in found.sessions)
    files = {file.path: file for file in found.files}
    assert list(files) == ["own.txt", "readme.txt", "same.txt", "src/main.py"]
    assert [one.version for one in files["same.txt"].within.values()] == [0, 0, 1]
    assert files["same.txt"].same_in((ids[0], ids[1]))
    assert not files["same.txt"].same_in(tuple(ids))
    assert list(files["own.txt"].within) == [ids[0]]
    assert files["src/main.py"].within[ids[2]].status == "deleted"
    assert await compare(bench, *attempts) == found  # from what is remembered


async def test_forks_do_not_conflict_in_what_they_inherited(bench, repo):
    first = await bench.session(cwd=repo, title="First")
    await bench.run(first, "write: a.txt 1\\n2\\n3\\n4\\n5\\n6\\n7\\n8\\n9")
    forks = [await bench.supervisor.fork(first.session_id, Fork(at=1)) for _ in range(2)]
    for fork, change in zip(forks, ("s/^1$/one/", "s/^9$/nine/"), strict=True):
        await bench.run(fork, f"run: sed -i '{change}' a.txt")
    found = await compare(bench, first, *forks)
    assert [one.conflicts_with for one in found.sessions] == [{}, {}, {}]
    assert [one.version for one in found.files[0].within.values()] == [0, 1, 2]


async def test_what_cannot_be_compared_is_said_and_the_others_are(bench, repo, folder, tmp_path):
    good, gone = await bench.session(cwd=repo, title="Good"), await bench.session(cwd=repo, title="Gone")
    await bench.run(good, "write: a.txt 1", "write: big.bin 1", "run: printf 'a\\0b' > big.bin")
    await bench.run(gone, "write: b.txt 1")
    shutil.rmtree((await bench.again(gone)).repo.cwd)
    plain = await bench.session(cwd=folder)
    other = await bench.session(cwd=new_repository(tmp_path / "other").path)
    await bench.run(other, "write: a.txt 1")
    due = await bench.session(cwd=repo, title="Due")
    found = await compare(bench, good, gone, plain, other, due)
    assert [one.diffstat.files for one in found.sessions] == [2, 1, 0, 0, 0]
    assert [bool(one.problem) for one in found.sessions] == [False, False, True, True, False]
    assert "works in other and not in project" in (found.sessions[3].problem or "")
    assert "is not there; these are the files of its last checkpoint" in (found.sessions[1].note or "")
    binary = next(file for file in found.files if file.path == "big.bin").within[good.session_id]
    assert (binary.insertions, binary.deletions) == (None, None)
    assert [file.path for file in found.files] == ["a.txt", "b.txt", "big.bin"]
    again = await compare(bench, good, at="task:1")
    assert (again.sessions[0].point, again.sessions[0].diffstat.files) == ("task:1", 2)
    (Path((await bench.again(good)).repo.cwd) / "a.txt").unlink()
    assert (await compare(bench, good)).sessions[0].diffstat.files == 1
    assert (await compare(bench, good, at="task:1")).sessions[0].diffstat.files == 2
