"""Help, reference and completion come from the verbs themselves, and load only what they need."""

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from agor_core.config.paths import Paths
from agor_tui.cli.parsing import Verbs
from agor_tui.cli.reference import reference
from agor_tui.cli.root import ENTRIES, command
from tests.builders.app_records import session
from tests.builders.records import as_json
from tests.fakes.scripted_daemon import ScriptedDaemon, page

Agor = Callable[..., Any]


def test_the_lines_of_help_are_the_commands_own() -> None:
    import click

    root = command(lambda _: None)

    def check(group: Verbs, ctx: click.Context) -> int:
        count = 0
        for name, entry in group.entries.items():
            found = group.get_command(ctx, name)
            assert found is not None, name
            assert found.name == name
            first = (found.help or "").split("\n\n")[0].replace("\n", " ").strip()
            assert first.startswith(entry.help.rstrip(".")), (name, entry.help, first)
            count += 1
            if isinstance(found, Verbs):
                count += check(found, ctx)
        return count

    with click.Context(root) as ctx:
        assert check(root, ctx) > len(ENTRIES) + 30


def test_every_verb_is_in_the_reference() -> None:
    text = reference()
    assert "### agor session create" in text
    assert "`--same-directory`" in text
    assert "--no-tui" in text.split("## agor session")[0]


def test_completion_knows_the_verbs(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "agor_tui", "session"],
        env={**os.environ, "_AGOR_COMPLETE": "bash_complete", "COMP_WORDS": "agor session fo", "COMP_CWORD": "2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout == "plain,fork\n"


HEAVY = ("sqlalchemy", "textual", "pydantic", "rich", "asyncio", "websockets", "uuid6", "http.client", "tomlkit")


@pytest.mark.parametrize(
    ("arguments", "banned"),
    [
        (["--help"], HEAVY),
        (["session", "create", "--help"], ("sqlalchemy", "textual", "pydantic", "rich", "asyncio", "websockets")),
        (["config", "get"], ("sqlalchemy", "textual", "pydantic", "rich", "asyncio", "websockets", "http.client")),
    ],
)
def test_start_up_loads_only_what_it_needs(arguments: list[str], banned: tuple[str, ...]) -> None:
    program = (
        "import sys; from agor_tui.__main__ import main; code = main(sys.argv[1:]); "
        "sys.stderr.write('\\n'.join(sys.modules)); sys.exit(code)"
    )
    ran = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    loaded = set(ran.stderr.splitlines())
    assert loaded.isdisjoint(banned), sorted(loaded & set(banned))


def test_a_list_loads_neither_rich_nor_the_feed(daemon: ScriptedDaemon) -> None:
    daemon.answers["GET /sessions"] = page(as_json(session("A plain title", branch="main")))
    program = (
        "import sys; from agor_tui.__main__ import main; code = main(['--json', 'session', 'list']); "
        "sys.stderr.write('\\n'.join(sys.modules)); sys.exit(code)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(ran.stderr.splitlines()).isdisjoint(
        {"sqlalchemy", "textual", "pydantic", "rich", "asyncio", "websockets", "uuid6", "tomlkit"}
    )


def test_help_makes_no_home() -> None:
    home = Paths.from_environment().home
    subprocess.run([sys.executable, "-m", "agor_tui", "--help"], check=True, stdout=subprocess.DEVNULL)
    assert not home.exists()
