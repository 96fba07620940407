"""Which variables reach the daemon, and which of them an agent sees."""

from dataclasses import replace

import pytest

from agor_core.agents.environment import VENDORS, daemon_environment
from agor_core.agents.registry import KNOWN, registry
from agor_core.config.settings import AgentSettings, Settings

AGENTS = registry(Settings(agents={"mine": AgentSettings(command=("mine",), inherit=("AWS_*", "MY_KEY"))}))

EVERYBODYS = frozenset({
    "HOME", "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TERM", "TZ", "SHELL", "USER", "LOGNAME", "TMPDIR",
    "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "SSH_AUTH_SOCK", "GIT_AUTHOR_NAME", "GIT_COMMITTER_EMAIL",
})  # fmt: skip

NETWORK = frozenset({
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
    "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE",
})  # fmt: skip

OWN = {
    "claude-code": {"ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "CLAUDE_CONFIG_DIR"},
    "codex": {"OPENAI_API_KEY", "CODEX_HOME"},
    "gemini": {"GEMINI_API_KEY", "GOOGLE_API_KEY"},
    "cursor": {"CURSOR_API_KEY"},
    "opencode": {"ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "OPENAI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY",
                 "DASHSCOPE_API_KEY", "OPENCODE_CONFIG"},
    "qwen": {"OPENAI_API_KEY", "DASHSCOPE_API_KEY"},
    "demo": {"AGOR_DEMO_HOME"},
    "mine": {"AWS_PROFILE", "AWS_SECRET_ACCESS_KEY", "MY_KEY"},
}  # fmt: skip

OF_NOBODY = frozenset({
    "DATABASE_URL", "GITHUB_TOKEN", "NPM_TOKEN", "STRIPE_API_KEY", "SECRET_KEY", "LD_PRELOAD", "HOMEX", "MY_KEYS",
    "GIT_DIR", "GIT_INDEX_FILE", "GIT_ASKPASS", "GIT_CONFIG_VALUE_0", "AGOR_SESSION_ID",
})  # fmt: skip

OF_THE_DAEMON = frozenset({"AGOR_TOKEN", "AGOR_DATABASE_URL", "AGOR_PORT", "PGPASSWORD", "PYTHONPATH", "PYTHONHOME"})

USERS = dict.fromkeys((*EVERYBODYS, *NETWORK, *(name for own in OWN.values() for name in own), *OF_NOBODY,
                       *OF_THE_DAEMON), "value")  # fmt: skip


@pytest.mark.parametrize("agent", OWN)
def test_an_agent_sees_the_variables_of_its_own_vendor_only(agent: str) -> None:
    seen = set(replace(AGENTS[agent], env={}).environment(USERS))
    assert seen == EVERYBODYS | OWN[agent] | (NETWORK if agent != "demo" else set())


def test_the_daemon_is_started_with_what_it_and_its_agents_use() -> None:
    seen = set(daemon_environment(USERS, ("AWS_PROFILE",)))
    used = set().union(*(own for agent, own in OWN.items() if agent != "mine"))
    assert seen == EVERYBODYS | NETWORK | OF_THE_DAEMON | used | {"AWS_PROFILE"}


def test_the_config_s_environment_wins() -> None:
    spec = replace(AGENTS["gemini"], env={"PATH": "/opt", "AWS_PROFILE": "work"})
    assert spec.environment({"PATH": "/bin", "AWS_PROFILE": "home", "HOME": "/h"}) == {
        "PATH": "/opt",
        "AWS_PROFILE": "work",
        "HOME": "/h",
    }


def test_every_known_agent_has_its_variables() -> None:
    assert {spec.name for spec in KNOWN} == VENDORS.keys()
