"""Commands that do without the daemon ask it first whether an agent gives them."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.scripted_daemon import ScriptedDaemon

Agor = Callable[..., Any]
AGENT = {"agent": True, "name": "session:x", "session_id": "x", "may": ["prompt", "report", "spawn"]}
COMMANDS = (
    ("config", "set", "agents.mine.command", "sh"),
    ("config", "unset", "daemon.port"),
    ("daemon", "token"),
    ("daemon", "stop"),
    ("daemon", "restart"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_agent_is_refused(daemon: ScriptedDaemon, agor: Agor, command: tuple[str, ...]) -> None:
    config, before = daemon.paths.config, "[daemon]\nport = 4000\n"
    config.write_text(before)
    daemon.paths.token.write_text("s3cret\n")
    daemon.paths.token.chmod(0o600)
    daemon.answers["GET /caller"] = AGENT
    ran = agor(*command)
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert ran.err.startswith("An agent asks this, and may not ")
    assert 'may = ["settings"] under [agents] in config.toml' in ran.err
    assert config.read_text() == before


@pytest.mark.parametrize("caller", [{**AGENT, "may": ["settings"]}, {**AGENT, "may": ["everything"]}])
def test_the_config_may_allow_it(daemon: ScriptedDaemon, agor: Agor, caller: dict[str, Any]) -> None:
    daemon.answers["GET /caller"] = caller
    assert agor("config", "set", "daemon.port", "5000").code == 0


def test_a_person_and_an_older_daemon_let_it_pass(daemon: ScriptedDaemon, agor: Agor) -> None:
    assert agor("config", "set", "daemon.port", "5000").code == 0
    daemon.answers["GET /caller"] = {**AGENT, "agent": False, "may": ["everything"]}
    assert agor("config", "set", "daemon.port", "6000").code == 0
