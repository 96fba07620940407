"""Finds an agent's program on this machine, and makes the environment of its process."""

import os
import shutil
from collections.abc import Mapping

from agor_core.agents.registry import AgentSpec

PASSED = frozenset({
    "HOME", "PATH", "LANG", "LANGUAGE", "TERM", "COLORTERM", "TZ", "SHELL", "USER", "LOGNAME", "TMPDIR",
    "SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY",
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "NODE_OPTIONS", "NVM_DIR",
    "CARGO_HOME", "RUSTUP_HOME", "GOPATH", "JAVA_HOME",
})  # fmt: skip
"""Variables about the user, the locale and the network."""

PASSED_PREFIXES = ("LC_", "XDG_", "GIT_AUTHOR_", "GIT_COMMITTER_")

VENDOR_PREFIXES = (
    "ANTHROPIC_", "CLAUDE_", "OPENAI_", "CODEX_", "GEMINI_", "GOOGLE_", "CURSOR_", "OPENCODE_", "QWEN_", "DASHSCOPE_",
    "OPENROUTER_", "MISTRAL_", "DEEPSEEK_", "GROQ_", "XAI_", "OLLAMA_", "AGOR_DEMO_",
)  # fmt: skip
"""Variables of the agents and of the model services that they use, keys included."""


def resolve_command(spec: AgentSpec, path: str) -> tuple[str, ...] | None:
    """The command with its program's full path, looked up on a ``PATH``; None if it is not installed."""
    program, *arguments = spec.command
    found = shutil.which(os.path.expanduser(program), path=path)  # noqa: PTH111 - keeps a bare name bare
    return None if found is None else (found, *arguments)


def agent_environment(spec: AgentSpec, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of an agent: allowed variables of the daemon's, and those that the config sets.

    A list of what is allowed, so that a secret nobody thought of stays here; anything else an agent needs is named
    in its ``env`` in the config.
    """
    passed = {name: value for name, value in environ.items() if _passes(name)}
    return {**passed, **spec.env}


def _passes(name: str) -> bool:
    return name in PASSED or name.startswith((*PASSED_PREFIXES, *VENDOR_PREFIXES))
