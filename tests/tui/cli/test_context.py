"""Defaults for later calls: by option, environment, folder and config, in this order."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agor_core.config.paths import Paths
from agor_core.errors import InvalidInput
from agor_tui.cli.conditions import parameters
from agor_tui.cli.context import defaults
from agor_tui.cli.invocation import Invocation
from tests.fakes.scripted_daemon import ScriptedDaemon

Agor = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    below = tmp_path / "project" / "src"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    return tmp_path / "project"


def test_the_nearest_source_wins(agor: Agor, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = str(Paths.from_environment().config)
    assert agor("config", "set", "board", "of-the-config").code == 0
    assert agor("config", "set", "agent", "demo").code == 0
    assert agor("config", "get", "board").out == "of-the-config\n"
    (folder / ".agor.toml").write_text('[context]\nboard = "of-the-folder"\n[commands]\nsetup = "x"\n')
    (folder.parent / ".agor.toml").write_text('[context]\nrepo = "too-far"\n')
    monkeypatch.setenv("AGOR_CONTEXT_REPO", "of-the-environment")
    monkeypatch.setenv("AGOR_SESSION_ID", "my-own")
    found = defaults(Invocation())
    assert found == {
        "board": ("of-the-folder", str(folder / ".agor.toml")),
        "agent": ("demo", config),
        "repo": ("of-the-environment", "AGOR_CONTEXT_REPO"),
        "session": ("my-own", "AGOR_SESSION_ID"),
    }
    listed = {row["key"]: (row["value"], row["source"]) for row in agor("config", "list", "--json").json}
    assert {f"context.{name}": tuple(one) for name, one in found.items()}.items() <= listed.items()
    assert listed["daemon.feed_days"] == (14, "default")
    assert f"context.agent = demo  ({config})\n" in agor("config", "list").out
    assert agor("config", "unset", "board").code == 0
    assert agor("config", "get", "board").out == "\n"


@pytest.mark.parametrize(
    "text", ["[context]\nboard = 1", "[context]\nother = 'x'", "context = 'x'", "nonsense", "\xff"]
)
def test_a_file_at_fault_is_named(agor: Agor, folder: Path, text: str) -> None:
    (folder / ".agor.toml").write_bytes(text.encode("latin-1"))
    ran = agor("session", "show")
    assert ran.code == 2
    assert str(folder / ".agor.toml") in ran.err


def test_a_call_takes_the_defaults(
    agor: Agor, daemon: ScriptedDaemon, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".agor.toml").write_text('[context]\nboard = "experiments"\nagent = "demo"\n')
    daemon.answers["POST /sessions"] = {"session_id": "0190f3c4-7a1e-7c3b-9d2e-9d2e1c4b07aa"}
    daemon.answers["GET /sessions"] = {"data": []}
    daemon.answers["GET /boards/experiments"] = {"board_id": "0190f3c4-7a1e-7c3b-9d2e-9d2e1c4b0001"}
    agor("session", "create", "--json")
    agor("session", "create", "--json", "--board", "other", "--agent", "codex")
    bodies = [call.body for call in daemon.ledger if str(call) == "POST /sessions"]
    assert [(it["board"], it["agent"]) for it in bodies] == [("experiments", "demo"), ("other", "codex")]
    ran = agor("session", "list", "--where", "task_count[$gt]=3")
    assert f"Only the board experiments, as {folder / '.agor.toml'} says" in ran.err
    agor("session", "list", "--everything")
    narrowed, whole = [dict(call.query) for call in daemon.ledger if str(call) == "GET /sessions"]
    assert (narrowed["agent"], narrowed["$and[0][task_count][$gt]"]) == ("demo", "3")
    assert narrowed["board_id"] == "0190f3c4-7a1e-7c3b-9d2e-9d2e1c4b0001"
    assert {"agent", "board_id"}.isdisjoint(whole)


def test_without_a_default_the_argument_is_missing(agor: Agor, folder: Path) -> None:
    ran = agor("session", "show")
    assert ran.code == 2
    assert "agor config set session ID" in ran.err


def test_conditions_are_a_query_string_or_json() -> None:
    as_text = parameters("status=failed&task_count[$gt]=3&agent[$in][]=a&agent[$in][]=b&$sort[title]=1")
    assert as_text == {
        "$and[0][status]": "failed",
        "$and[0][task_count][$gt]": "3",
        "$and[0][agent][$in][]": ["a", "b"],
        "$sort[title]": "1",
    }
    as_json = parameters('{"task_count": {"$gt": 3}, "board_id": null, "$or": [{"title": "x"}, {"archived": true}]}')
    assert as_json == {
        "$and[0][task_count][$gt]": "3",
        "$and[0][board_id]": "null",
        "$and[0][$or][0][title]": "x",
        "$and[0][$or][1][archived]": "true",
    }


@pytest.mark.parametrize("text", ["", "nonsense", "a=1&b", "{", '{"a":', "$limit=1", '{"$skip": 1}'])
def test_conditions_at_fault_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="--where"):
        parameters(text)
