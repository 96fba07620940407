"""Recognizes a known agent by the command that starts it, or by the name that its program gives."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

PROGRAMS: Mapping[str, str] = {
    "claude-agent-acp": "claude-code",
    "claude-code-acp": "claude-code",
    "codex-acp": "codex",
    "gemini": "gemini",
    "gemini-cli": "gemini",
    "cursor-agent": "cursor",
    "opencode": "opencode",
    "opencode-ai": "opencode",
    "qwen": "qwen",
    "qwen-code": "qwen",
    "agor_core.agents.demo": "demo",
}
"""Programs and packages of the known agents, by their names."""
_WORD_ENDS = re.compile(r"[\s;&|()'\"=]+")
_ENDING = re.compile(r"\.(js|mjs|cjs|exe|cmd|sh)$")
_VERSION = re.compile(r"(?<=.)@[^/]*$")


def by_command(command: Sequence[str]) -> str | None:
    """The known agent that a command starts, also by ``npx``, ``node`` or a shell; None for any other."""
    for argument in command:
        for word in _WORD_ENDS.split(argument):
            for name in _names(word):
                if (found := PROGRAMS.get(name)) is not None:
                    return found
    return None


def by_name(agent_name: str | None) -> str | None:
    """The known agent whose program gives this name in ``agentInfo``; None for any other."""
    if not agent_name:
        return None
    words = "-".join(agent_name.rpartition("/")[2].lower().split())
    return PROGRAMS.get(words) or (words if words in PROGRAMS.values() else None)


def _names(word: str) -> Iterator[str]:
    """The names that a word of a command may stand for: a program, or the npm package that it is in."""
    word = _VERSION.sub("", word)
    path = PurePosixPath(word)
    yield _ENDING.sub("", path.name)
    if "node_modules" in path.parts:
        inside = path.parts[len(path.parts) - path.parts[::-1].index("node_modules") :]
        yield from inside[:2]
