"""A patch in pages of whole files, and the figures of every kind of change."""

from dataclasses import replace

import pytest

from agor_core.git import diff
from agor_core.git.patch_pages import read_page
from agor_core.git.porcelain import FileChange
from tests.builders.repositories import Repository


async def _pieces(content: bytes, size: int):
    for start in range(0, len(content), size):
        yield content[start : start + size]


@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_whole_files_as_many_as_fit(size: int) -> None:
    files = [b"diff --git a/%d b/%d\n+diff --git x\n-%s\n" % (n, n, b"y" * 20) for n in range(5)]
    content, at, pages = b"".join(files), 0, []
    while at < 5:
        page = await read_page(_pieces(content, size), at, 130)
        assert not page.cut
        assert page.text == b"".join(files[at : at + page.files])
        pages.append(page.files)
        at += page.files
    assert pages == [2, 2, 1]
    assert (await read_page(_pieces(content, size), 5, 130)).files == 0
    alone = await read_page(_pieces(files[0] + b"+" + b"z" * 500, size), 0, 60)
    assert (alone.files, alone.cut) == (1, True)
    assert files[0].startswith(alone.text)
    tiny = await read_page(_pieces(content, size), 3, 10)
    assert (tiny.files, tiny.text, tiny.cut) == (1, b"diff --git", True)


async def test_pages_of_a_repository_are_together_the_patch(repository: Repository) -> None:
    old = repository.text("rev-parse", "HEAD")
    new = repository.commit(**{f"f{n}": f"{n}\n" * 100 for n in range(9)}, big="long line\n" * 1000)
    whole = (await diff.patch(repository.path, old, new)).text
    found, text, cuts = 0, "", 0
    while found < 10:
        page = await diff.patch_page(repository.path, old, new, skip=found, limit=1500)
        found, text, cuts = found + page.files, text + page.text, cuts + page.cut
    assert cuts == 1
    assert "the rest of the difference is left out (it has more than 1500 bytes)" in text
    assert text.partition("diff --git a/f0 ")[2] == whole.partition("diff --git a/f0 ")[2]


async def test_every_kind_of_change_is_told(repository: Repository) -> None:
    repository.write({"run.sh": "x\n", "was": "many\nlines\n" * 9, "crlf": b"a\r\n", "to-link": "x\n"})
    old = repository.commit()
    (repository.path / "run.sh").chmod(0o755)
    (repository.path / "to-link").unlink()
    (repository.path / "to-link").symlink_to("crlf")
    repository.git("mv", "was", "sub/is now")
    repository.git("rm", "-q", "a.txt")
    new = repository.commit(bin=b"\0", crlf=b"a\n")
    changes = await diff.changes(repository.path, old, new)
    assert all(change.blob for change in changes if change.status != "D")
    found = {change.path: replace(change, blob=None) for change in changes}
    link = FileChange(b"to-link", 1, 1, "T", None, "100644", "120000")
    assert found.pop(b"a.txt").status == "D"
    assert found == {
        b"bin": FileChange(b"bin", None, None, "A", None, None, "100644"),
        b"crlf": FileChange(b"crlf", 1, 1, "M", None, "100644", "100644"),
        b"run.sh": FileChange(b"run.sh", 0, 0, "M", None, "100644", "100755"),
        b"sub/is now": FileChange(b"sub/is now", 0, 0, "R", b"was", "100644", "100644"),
        b"to-link": link,
    }


async def test_paths_are_taken_as_they_are_from_the_top(repository: Repository) -> None:
    old = repository.text("rev-parse", "HEAD")
    new = repository.commit(**{"sub/*": "1\n", "sub/x": "2\n", "[ab]": "3\n", "a": "4\n"})
    inside = repository.path / "sub"
    for paths, expected in ((["sub"], ["sub/*", "sub/x"]), (["sub/*"], ["sub/*"]), (["[ab]", "a"], ["[ab]", "a"])):
        assert diff.paths(await diff.changes(inside, old, new, paths=paths)) == expected
    pieces = [piece async for piece in diff.patch_bytes(inside, old, new, paths=["a"])]
    assert b"".join(pieces).startswith(b"diff --git a/a b/a")
