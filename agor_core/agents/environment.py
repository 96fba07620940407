"""Which variables of a user's environment reach the daemon, and which of the daemon's reach an agent.

Both are lists of what is allowed, so that a secret that nobody thought of stays behind. An agent is given the variables
of its own vendor; those of others it does not see. What else an agent needs is named in the config, with its value in
``env`` or by its name in ``inherit``.
"""

from collections.abc import Collection, Iterable, Mapping

USER = frozenset({
    "HOME", "PATH", "LANG", "LANGUAGE", "TERM", "COLORTERM", "TZ", "SHELL", "USER", "LOGNAME", "TMPDIR",
    "SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY",
    "NODE_OPTIONS", "NVM_DIR", "CARGO_HOME", "RUSTUP_HOME", "GOPATH", "JAVA_HOME",
    "LC_*", "XDG_*", "GIT_AUTHOR_*", "GIT_COMMITTER_*",
})  # fmt: skip
"""Variables about the user, the locale and the tools; a ``*`` at the end stands for any rest."""

NETWORK = frozenset({
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS",
})  # fmt: skip
"""Variables about the network; a proxy's may hold a password."""

SERVICES = (
    "ANTHROPIC_*", "OPENAI_*", "GEMINI_*", "GOOGLE_*", "DASHSCOPE_*", "OPENROUTER_*", "MISTRAL_*", "DEEPSEEK_*",
    "GROQ_*", "XAI_*", "OLLAMA_*",
)  # fmt: skip
"""Variables of model services, keys included, for an agent that can use any of them."""

VENDORS: Mapping[str, tuple[str, ...]] = {
    "claude-code": ("ANTHROPIC_*", "CLAUDE_*"),
    "codex": ("OPENAI_*", "CODEX_*"),
    "gemini": ("GEMINI_*", "GOOGLE_*"),
    "cursor": ("CURSOR_*",),
    "opencode": ("OPENCODE_*", *SERVICES),
    "qwen": ("QWEN_*", "DASHSCOPE_*", "OPENAI_*"),
    "demo": ("AGOR_DEMO_*",),
}
"""The variables of each known agent and of the services that it uses."""

OF_GIT = frozenset({
    "GIT_CEILING_DIRECTORIES", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_SYSTEM",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_EXEC_PATH", "GNUPGHOME", "GH_CONFIG_DIR", "GH_HOST", "GLAB_CONFIG_DIR",
})  # fmt: skip
"""Variables by which git, its signing and the programs of its hosts find what is the user's."""

OF_THE_DAEMON = OF_GIT | frozenset({
    "AGOR_*", "PG*", "PYTHON*", "COVERAGE_*", "VIRTUAL_ENV", "LD_LIBRARY_PATH",
})  # fmt: skip
"""Variables that the daemon itself reads: of Agor, PostgreSQL, Python and git."""

OF_ONE_SESSION = frozenset({"AGOR_SESSION_ID"})
"""Variables of an agent that calls; the daemon outlives its session and serves all of them."""


def daemon_environment(environ: Mapping[str, str], inherited: Iterable[str] = ()) -> dict[str, str]:
    """The part of an environment that the daemon is started with; ``inherited`` are further names of the config."""
    vendors = (name for names in VENDORS.values() for name in names)
    allowed = USER | NETWORK | OF_THE_DAEMON | frozenset(vendors) | frozenset(inherited)
    return {name: value for name, value in matching(environ, allowed).items() if name not in OF_ONE_SESSION}


def persons_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The part for programs that do what a person asked: the user's git with its hooks, and gh or glab."""
    return matching(environ, USER | NETWORK | OF_GIT)


def agent_environment(
    environ: Mapping[str, str], own: Iterable[str], *, network: bool, given: Mapping[str, str]
) -> dict[str, str]:
    """The environment of an agent: variables of the daemon's with its ``own`` names, and those ``given`` in the config.

    ``network``: whether it needs the network, and so the variables about it.
    """
    allowed = USER | frozenset(own) | (NETWORK if network else frozenset())
    return {**matching(environ, allowed), **given}


def matching(environ: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    """The variables with one of these names, of which one with ``*`` at its end stands for all that begin so."""
    prefixes = tuple(name[:-1] for name in names if name.endswith("*"))
    return {name: value for name, value in environ.items() if name in names or name.startswith(prefixes)}
