"""Options of a permission request by which an agent writes rules outside of the session, by agent.

Seen with claude-agent-acp 0.101, codex-acp 2.6, Gemini CLI 0.61 and Qwen Code 0.24.
"""

from collections.abc import Callable

CLAUDE = "writes a rule into .claude/settings.local.json of your checkout, for every session there"
CODEX = "writes a rule into Codex's own home, for all of its sessions"
GEMINI = "writes a rule into Gemini's own home, for all of its sessions"
QWEN_PROJECT = "writes a rule into .qwen/settings.json of the project, for every session there"
QWEN_USER = "writes a rule into Qwen's own home, for all of its sessions"

Reach = Callable[[str, str], str | None]
"""What an option writes outside of the session, by its id and its name; None for nothing that is known."""


def claude(identifier: str, name: str) -> str | None:
    """Claude's options are for the session only if they say so."""
    if identifier not in ("allow-with-updates", "allow-skill-exact", "allow-skill-prefix", "allow_always"):
        return None
    return None if "this session" in name else CLAUDE


def codex(identifier: str, name: str) -> str | None:  # noqa: ARG001 - the id says it
    """Amendments of Codex's policies are kept in its home, whether they allow or block."""
    kept = ("accept_execpolicy_amendment", "apply_network_policy_amendment", "allow_always")
    return CODEX if identifier.partition(":")[0] in kept else None


def gemini(identifier: str, name: str) -> str | None:  # noqa: ARG001 - the id says it
    """One of Gemini's options saves a policy."""
    return GEMINI if identifier == "proceed_always_and_save" else None


def qwen(identifier: str, name: str) -> str | None:  # noqa: ARG001 - the id says it
    """Qwen keeps rules of a project in it."""
    return {"proceed_always_project": QWEN_PROJECT, "proceed_always_user": QWEN_USER}.get(identifier)
