"""``agor config``: validated before it is written, comments kept, atomic."""

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
    agor("config", "set", "app.keys.session.fork", "F")
    agor("config", "set", "database_url", "sqlite+aiosqlite:///x")
    settings = load(file, {})
    assert (settings.app.bell, settings.app.keys, settings.database_url) == (
        False,
        {"session.fork": "F"},
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
    assert agor("config", "get", "sessions", "--json").json == {
        "agent": None,
        "worktree": True,
        "warm_agents": 8,
        "turns": 0,
    }


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("daemon.log_level", "loud", "debug, info, warning, error"),
        ("daemon.port", "70000", "from 0 to 65535"),
        ("daemon.feed_rows", "0", "from 1 to"),
        ("app.glyphs", "emoji", "unicode, ascii"),
        ("app.theme", "nosuch", "agor-dark, agor-light, textual-dark"),
        ("sessions.agent", "nosuch", "demo, mine"),
    ],
)
def test_an_invalid_value_is_refused_with_the_possible_ones(
    agor: Agor, file: Path, key: str, value: str, said: str
) -> None:
    assert agor("config", "set", "agents.mine.command", "x").code == 0
    before = file.read_bytes()
    ran = agor("config", "set", key, value)
    assert (ran.code, ran.out, file.read_bytes()) == (2, "", before)
    assert ran.err.startswith(f"{key}: ")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_a_valid_value_is_stored(agor: Agor, file: Path) -> None:
    agor("config", "set", "agents.mine.command", "x")
    for key, value in (("app.theme", "nord"), ("sessions.agent", "mine"), ("sessions.agent", "demo")):
        assert agor("config", "set", key, value).code == 0
    assert (load(file, {}).app.theme, load(file, {}).sessions.agent) == ("nord", "demo")


def test_a_file_with_a_wrong_value_can_be_read_and_mended(agor: Agor, file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_text("[daemon]\nlog_level = 'loud' # hm\nprot = 1\n")
    wrong, unknown = f"{file}: daemon.log_level: 'loud' is none of", f"{file}: daemon.prot: there is no such setting."
    ran = agor("config", "get")
    assert (ran.code, "daemon.port = 0\n" in ran.out) == (0, True)
    assert wrong in ran.err
    assert unknown in ran.err
    assert agor("config", "get", "app.bell").out == "true\n"
    asked = agor("config", "get", "daemon.log_level")
    assert (asked.code, asked.out, wrong in asked.err) == (2, "", True)
    changed = agor("config", "set", "app.bell", "off")
    assert (changed.code, wrong in changed.err) == (0, True)
    assert "bell = false" in file.read_text()
    assert agor("config", "set", "daemon.log_level", "info").code == 0
    assert agor("config", "unset", "daemon.prot").code == 0
    assert load(file, {}).daemon.log_level == "info"
    assert agor("config", "get").err == ""


def test_a_value_in_the_place_of_a_table_can_be_taken_out(agor: Agor, file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_text("daemon = 5\n")
    ran = agor("config", "set", "daemon.port", "4000")
    assert (ran.code, "agor config unset daemon" in ran.err) == (2, True)
    assert agor("config", "unset", "daemon.port").code == 0
    assert agor("config", "unset", "daemon").code == 0
    assert agor("config", "set", "daemon.port", "4000").code == 0


def test_the_daemon_is_looked_after_whatever_the_file_says(agor: Agor, file: Path) -> None:
    file.parent.mkdir(parents=True)
    for text in ("[daemon]\nlog_level = 'loud'\n", "[app]\nglyphs = 1\n", "[daemon\n"):
        file.write_text(text)
        status = agor("daemon", "status")
        assert (status.code, "not running" in status.out) == (4, True)
        assert agor("daemon", "stop").code == 0
        assert agor("daemon", "logs").code == 0


def test_a_theme_and_a_command_are_those_that_the_app_has(agor: Agor) -> None:
    wrong = agor("config", "set", "app.theme", "neon")
    assert (wrong.code, "'neon' is none of agor-dark, agor-light, " in wrong.err) == (2, True), wrong.err
    assert agor("config", "set", "app.theme", "dracula").code == 0
    wrong = agor("config", "set", "app.keys.session.frok", "F")
    assert (wrong.code, "no command 'session.frok'; did you mean session.fork" in wrong.err) == (2, True), wrong.err
    assert agor("config", "set", "app.keys.session.fork", "F").code == 0
    assert agor("config", "get", "app.keys.session.fork").out == "F\n"
    assert agor("config", "unset", "app.keys.session.fork").code == 0
    assert agor("config", "get", "app.keys", "--json").out == "{}\n"


def test_an_agent_that_cannot_be_started_is_named_when_it_is_set(agor: Agor, file: Path) -> None:
    """An agent without a command is a notice: its command may be set next."""
    missing = "agents.mine.command is missing: it says how mine is started.\n"
    assert (agor("config", "set", "agents.mine.title", "Mine").err, agor("config", "get").err) == (missing, missing)
    assert agor("config", "set", "agents.mine.command", "my-agent --acp").err == ""
    assert agor("config", "set", "agents.demo.title", "Toy").err == "", "its command is known"


def test_a_file_that_cannot_be_written_is_named(agor: Agor, file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.symlink_to("/proc/nothing.toml")
    for arguments in (("set", "app.bell", "off"), ("set", "daemon.port", "1")):
        ran = agor("config", *arguments)
        assert (ran.code, ran.err.startswith("/proc/nothing.toml cannot be written: ")) == (1, True)
