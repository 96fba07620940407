"""Settings: defaults, the file, the environment, and errors that name file and place."""

from pathlib import Path

import msgspec
import pytest

from agor_core.config.settings import RIGHTS, AgentSettings, Settings, as_document, check, load, load_valid
from agor_core.db import engines
from agor_core.errors import InvalidInput


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    assert load(tmp_path / "config.toml", {}) == Settings()
    assert Settings().daemon.port == 3030


def test_the_file_says_the_rest(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        """
        database_url = "sqlite:///x"
        [daemon]
        port = 4040
        allowed_hosts = ["box.local"]
        [agents.mine]
        command = ["mine", "--acp"]
        env = { MODE = "quiet" }
        """,
    )
    settings = load(file, {})
    assert settings.daemon.port == 4040
    assert settings.daemon.allowed_hosts == ("box.local",)
    assert settings.agents == {"mine": AgentSettings(command=("mine", "--acp"), env={"MODE": "quiet"})}
    assert settings.database_url == "sqlite:///x"


def test_the_environment_beats_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, 'database_url = "sqlite:///x"\n[daemon]\nport = 4040\nlog_level = "debug"\n')
    settings = load(file, {"AGOR_PORT": "0", "AGOR_DATABASE_URL": "postgresql+asyncpg://h/d"})
    assert (settings.daemon.port, settings.daemon.log_level) == (0, "debug")
    assert settings.database_url == "postgresql+asyncpg://h/d"


def test_what_is_empty_in_the_environment_says_nothing(tmp_path: Path) -> None:
    file = written(tmp_path, "[daemon]\nport = 4040\n")
    assert load(file, {"AGOR_PORT": "", "AGOR_DATABASE_URL": ""}).daemon.port == 4040


def test_the_process_environment_is_meant_unless_another_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGOR_PORT", "5050")
    assert load(tmp_path / "none.toml").daemon.port == 5050


@pytest.mark.parametrize("port", ["x", "-1", "65536", "٣", " 1", "1.5", "9" * 5000])
def test_a_port_in_the_environment_that_is_none(tmp_path: Path, port: str) -> None:
    with pytest.raises(InvalidInput, match="AGOR_PORT must be a port number") as caught:
        load(tmp_path / "config.toml", {"AGOR_PORT": port})
    assert caught.value.place == "AGOR_PORT"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[daemon]\nport = 'x'\n", "daemon.port"),
        ("[daemon]\nport = 70000\n", "daemon.port"),
        ("[daemon]\nport = -1\n", "daemon.port"),
        ("[daemon]\nlog_level = 'loud'\n", "daemon.log_level"),
        ("[daemon]\nfeed_rows = 0\n", "daemon.feed_rows"),
        ("[daemon]\nfeed_days = 99999999999\n", "daemon.feed_days"),
        ("[app]\nglyphs = 'emoji'\n", "app.glyphs"),
        ("[agents.mine]\ncommand = [1]\n", "agents.mine.command"),
        ("[agents.mine]\ncomand = []\n", "agents.mine.comand"),
        ("[sessions.agent]\nname = 'demo'\n", "sessions.agent.name"),
        ("[app.keys.quit]\nkey = 'x'\n", "app.keys.quit.key"),
        ("agents = 1\n", "agents"),
        ("[nothing]\n", "nothing"),
        ("[daemon]\nprot = 1\n", "daemon.prot"),
        ("[app]\nbell = 1\n", "app.bell"),
        ("[app]\ntheme = 2026-01-31\n", "app.theme"),
        ("deamon = 1\n", "deamon"),
        ("[daemon\n", None),
        ("a = 1\na = 2\n", None),
    ],
)
def test_a_file_that_makes_no_sense_names_itself_and_the_place(tmp_path: Path, text: str, place: str | None) -> None:
    file = written(tmp_path, text)
    with pytest.raises(InvalidInput) as caught:
        load(file, {})
    assert str(caught.value).startswith(str(file))
    assert caught.value.place == place
    assert (place or "").rpartition(".")[2] in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////srv/agor.db",
        "sqlite+pysqlite:///agor.db",
        "postgresql://db/agor",
        "postgres://ada:s%40cret@db:5432/agor",
        "postgresql+asyncpg://ada@[::1]:5432/agor?schema=x",
        "postgresql:///agor?host=/run/postgresql",
    ],
)
def test_addresses_of_a_database(tmp_path: Path, url: str) -> None:
    assert load(written(tmp_path, f'database_url = "{url}"\n'), {}).database_url == url
    assert load(tmp_path / "none.toml", {"AGOR_DATABASE_URL": url}).database_url == url
    check("database_url", url)
    engines.sqlite_file(url) or engines.postgres(url)  # each is one to the store as well


@pytest.mark.parametrize(
    "url",
    [
        "agor.db",
        "/srv/s3cret.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite://s3cret/agor.db",
        "mysql://ada:s3cret@db/agor",
        "postgresql:db:s3cret",
        "postgresql://",
        "postgresql://ada:p@s3cret@db/agor",
        "postgresql://ada:s3cret@db:port/agor",
        "postgresql://ada:s3cret",
        " postgresql://db/s3cret",
    ],
)
def test_what_is_no_address_of_a_database_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    wanted = "must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
    file = written(tmp_path, f'database_url = "{url}"\n')
    for ask, place, told in (
        (lambda: load(file, {}), "database_url", f"{file}: database_url: it {wanted}."),
        (lambda: check("database_url", url), "database_url", f"database_url: it {wanted}."),
        (
            lambda: load(tmp_path / "none.toml", {"AGOR_DATABASE_URL": url}),
            "AGOR_DATABASE_URL",
            f"AGOR_DATABASE_URL {wanted}.",
        ),
    ):
        with pytest.raises(InvalidInput) as caught:
            ask()
        assert (str(caught.value), caught.value.place) == (told, place)


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput, match="is not valid TOML"):
        load(file, {})


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read: Is a directory"):
        load(tmp_path, {})


def test_what_is_sound_in_a_file_is_read_and_the_rest_is_named(tmp_path: Path) -> None:
    file = written(
        tmp_path, "[daemon]\nport = 4040\nlog_level = 'loud'\n[app]\nbell = 1\n[agents.mine]\ncommand = ['x']\n"
    )
    settings, faults = load_valid(file, {})
    assert (settings.daemon.port, settings.daemon.log_level, settings.app.bell) == (4040, "info", True)
    assert settings.agents["mine"].command == ("x",)
    assert [fault.place for fault in faults] == ["daemon.log_level", "app.bell"]
    assert str(faults[0]) == f"{file}: daemon.log_level: 'loud' is none of debug, info, warning, error."
    file.write_text("[daemon\n")
    settings, (fault,) = load_valid(file, {"AGOR_PORT": "1"})
    assert (settings.daemon.port, "not valid TOML" in str(fault)) == (1, True)


def test_the_rights_of_agents_stand_among_the_agents(tmp_path: Path) -> None:
    file = written(tmp_path, '[agents]\nmay = ["answer", "others"]\n[agents.mine]\ncommand = ["mine"]\n')
    settings = load(file, {})
    assert settings.agents_may == ("answer", "others")
    assert settings.agents == {"mine": AgentSettings(command=("mine",))}
    assert as_document(settings)["agents"] == {
        "mine": msgspec.to_builtins(AgentSettings(command=("mine",))),
        "may": ("answer", "others"),
    }
    check("agents.may", list(RIGHTS))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[agents]\nmay = ["ansver"]', "agents.may"),
        ('[agents]\nmay = "answer"', "agents.may"),
        ('[agents.may]\ncommand = ["x"]', "agents.may.command"),
        ('agents_may = ["answer"]', "agents_may"),
    ],
)
def test_rights_that_there_are_not_are_an_error_and_give_nothing(tmp_path: Path, text: str, place: str) -> None:
    settings, faults = load_valid(written(tmp_path, text), {})
    assert settings.agents_may == ()
    assert [fault.place for fault in faults] == [place]
