"""``agor config``: checked before it is written, comments kept, nothing of it half done."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agor_core.config.paths import Paths
from agor_core.config.settings import load

Agor = Callable[..., Any]


@pytest.fixture
def file() -> Path:
    return Paths.from_environment().config


def test_a_setting_is_changed_and_the_comments_stay(agor: Agor, file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_text("# mine\n[daemon]\nport = 4000 # not 3030\n")
    assert agor("config", "set", "daemon.port", "5000").code == 0
    assert agor("config", "set", "daemon.log_level", "debug").code == 0
    assert file.read_text() == '# mine\n[daemon]\nport = 5000 # not 3030\nlog_level = "debug"\n'
    assert load(file, {}).daemon.port == 5000


def test_lists_are_words_or_toml(agor: Agor, file: Path) -> None:
    agor("config", "set", "agents.mine.command", "my-agent --acp 'a b'")
    assert load(file, {}).agents["mine"].command == ("my-agent", "--acp", "a b")
    agor("config", "set", "agents.mine.command", '["x", "y"]')
    assert agor("config", "get", "agents.mine.command").out == '["x","y"]\n'
    assert agor("config", "set", "agents.mine.env.KEY", "5").code == 0
    assert load(file, {}).agents["mine"].env == {"KEY": "5"}


def test_booleans_and_text(agor: Agor, file: Path) -> None:
    agor("config", "set", "app.bell", "off")
    agor("config", "set", "app.keys.fork", "F")
    agor("config", "set", "database_url", "sqlite+aiosqlite:///x")
    settings = load(file, {})
    assert (settings.app.bell, settings.app.keys, settings.database_url) == (
        False,
        {"fork": "F"},
        "sqlite+aiosqlite:///x",
    )
    agor("config", "unset", "app.bell")
    assert load(file, {}).app.bell is True


@pytest.mark.parametrize(("key", "near"), [("daemon.prot", "daemon.port"), ("session.agent", "sessions.agent")])
def test_an_unknown_key_names_what_is_close(agor: Agor, file: Path, key: str, near: str) -> None:
    for ran in (agor("config", "set", key, "1"), agor("config", "get", key), agor("config", "unset", key)):
        assert ran.code == 2
        assert near in ran.err
    assert not file.exists()


@pytest.mark.parametrize(
    ("key", "value"), [("daemon.port", "70000"), ("daemon.port", "many"), ("app.bell", "perhaps"), ("daemon", "1")]
)
def test_a_wrong_value_leaves_the_file_as_it_was(agor: Agor, file: Path, key: str, value: str) -> None:
    agor("config", "set", "daemon.port", "4000")
    before = file.read_bytes()
    assert agor("config", "set", key, value).code == 2
    assert file.read_bytes() == before
    assert [entry.name for entry in file.parent.iterdir()] == [file.name]


def test_a_link_stays_a_link(agor: Agor, file: Path, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text("")
    real.chmod(0o644)
    file.parent.mkdir(parents=True)
    file.symlink_to(real)
    agor("config", "set", "daemon.port", "4000")
    assert file.is_symlink()
    assert "4000" in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o644


def test_all_settings_are_listed_with_the_environments(agor: Agor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGOR_PORT", "4242")
    ran = agor("config", "get")
    assert "daemon.port = 4242\n" in ran.out
    assert agor("config", "get", "--json").json["daemon"]["port"] == 4242
    assert agor("config", "get", "sessions", "--json").json == {"agent": None, "worktree": True}
