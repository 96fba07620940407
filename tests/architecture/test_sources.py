"""Rules for every file: it says what it is for, it names no machine, and foreign packages stay where they belong."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.project import PACKAGES, ROOT, SOURCE_FOLDERS, sources, texts

LONGEST = 320
"""Lines of one file; a longer one wants to be two."""

OWNERS = {
    "sqlalchemy": ("agor_core/db/", "agor_core/repositories/"),
    "alembic": ("agor_core/db/",),
    "asyncpg": ("agor_core/db/",),
    "acp": ("agor_daemon/supervisor/",),
    "textual": ("agor_tui/app/",),
    "uuid6": ("agor_core/ids.py",),
    "psutil": ("agor_core/config/pidfile.py", "agor_daemon/supervisor/agents/"),
    "starlette": ("agor_daemon/",),
    "uvicorn": ("agor_daemon/",),
    "click": ("agor_tui/cli/", "agor_tui/__main__.py"),
}
"""The only modules that may import a package, inside functions too."""

# Homes of users, where continuous integration checks out, and drives. A path is no match inside a longer one or a URL.
_OF_A_MACHINE = re.compile(r"(?<![\w.~}/-])/(?:home|root|Users|work|workspace|builds|mnt)/[\w.]|\b[A-Z]:\\\\?Users\\")
_EXAMPLES = re.compile(r"/home/(?:ada|user|you|me|example)\b")
_THIS = Path(__file__).resolve()


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def machine_paths(text: str) -> list[str]:
    """Lines with a path of a developer's machine; the home folders of examples are permitted."""
    return [line.strip() for line in text.splitlines() if _OF_A_MACHINE.search(_EXAMPLES.sub("", line))]


def imports(tree: ast.AST) -> Iterator[str]:
    """The outermost packages that a file imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_the_check_knows_paths_of_a_machine() -> None:
    assert machine_paths('x = "/root/project"\ny = "/home/bob/x"\n') == ['x = "/root/project"', 'y = "/home/bob/x"']
    assert machine_paths("see https://example.org/home/x and docs/builds/y and /home/ada/code and ~/builds/x") == []


def test_no_file_names_a_path_of_a_machine() -> None:
    own = re.compile(rf"(?<![\w/]){re.escape(str(ROOT))}(?![\w])")
    found = [
        f"{shown(path)}: {line}"
        for path, text in texts()
        if path != _THIS
        for line in [*machine_paths(text), *(line for line in text.splitlines() if own.search(line))]
    ]
    assert not found, "\n".join(found)


def test_every_source_file_starts_by_saying_what_it_is_for() -> None:
    silent = [
        shown(path)
        for path in sources(*SOURCE_FOLDERS)
        if not (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").strip()
    ]
    assert not silent, "\n".join(silent)


@pytest.mark.parametrize("package", OWNERS)
def test_a_foreign_package_is_imported_in_its_own_place_only(package: str) -> None:
    users = [
        shown(path) for path in sources(*PACKAGES) if package in imports(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert [user for user in users if not user.startswith(OWNERS[package])] == []


def test_the_check_sees_every_form_of_import() -> None:
    tree = ast.parse("import a.b, c\nfrom d.e import f\nfrom . import g\ndef h():\n    from i import j")
    assert list(imports(tree)) == ["a", "c", "d", "i"]


def test_no_other_folders_at_the_top() -> None:
    ignored = {line.strip().rstrip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()}
    folders = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir() and not any(path.match(pattern) for pattern in ignored if pattern)
    }
    assert folders <= {*SOURCE_FOLDERS, ".ci", ".git"}


def test_no_file_is_long() -> None:
    sizes = {shown(path): len(path.read_bytes().splitlines()) for path in sources(*PACKAGES)}
    assert len(sizes) > 50
    assert {name: lines for name, lines in sizes.items() if lines > LONGEST} == {}


def test_nothing_of_the_daemon_is_thread_local() -> None:
    """The fork by which its loop starts every git and agent clears the thread-locals of other threads in the child.

    What they hold is closed there, on locks that the parent's threads held and nobody gives back: the child never
    becomes the program, and the parent waits for it.
    """
    word = re.compile(r"threading\.local|from threading import .*\blocal\b")
    own = sources("agor_core", "agor_daemon")
    assert [shown(path) for path in own if word.search(path.read_text(encoding="utf-8"))] == []
