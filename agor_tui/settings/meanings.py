"""What each setting does, for people, and when a change of it takes effect."""

from collections.abc import Mapping

MEANINGS: Mapping[str, str] = {
    "app.theme": "The theme: agor-dark, agor-light, or another of Textual's.",
    "app.glyphs": "unicode, or ascii for terminals and fonts without the signs.",
    "app.bell": "Ring, and show a notice on the desktop, for what notify.on names.",
    "notify.command": "A command that the daemon runs for a notice; its last argument is the sentence.",
    "notify.on": "What notices tell of: needs_you, finished, failed, limited.",
    "sessions.agent": "The agent of a new session; without one the first that is installed.",
    "sessions.worktree": "Whether a new session gets a worktree of its own.",
    "sessions.warm_agents": "How many agents' processes are kept between turns.",
    "sessions.turns": "How many turns run at once; 0: without a limit.",
    "checks.at_once": "How many checks run at once.",
    "checks.time_limit": "Seconds that a check may take.",
    "checks.after_tasks": "Whether a check runs after every task.",
    "checkpoints.file_limit": "Megabytes; larger files are left out of checkpoints.",
    "checkpoints.total_limit": "Megabytes; more uncommitted files than that are left out of a checkpoint.",
    "checkpoints.budget": "Megabytes that the checkpoints of a repository may take; the oldest are let go of.",
    "daemon.port": "The port of the daemon on this machine; 0 picks a free one.",
    "daemon.host": "An address beyond this machine; it needs daemon.allowed_hosts.",
    "daemon.allowed_hosts": "The names by which others may call the daemon.",
    "daemon.log_level": "How much the daemon logs: debug, info, warning, error.",
    "daemon.feed_rows": "Changes that the feed keeps at most.",
    "daemon.feed_days": "Days for which the feed keeps changes.",
    "context.board": "The board that the command line takes where a call names none.",
    "context.session": "The session that the command line takes where a call names none.",
    "context.agent": "The agent that the command line takes where a call names none.",
    "context.repo": "The repository that the command line takes where a call names none.",
    "agents.may": "What agents may do besides spawning and prompting children, and reporting.",
    "database_url": "The database, if not the one in the home: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.",
}
"""By key, in the order in which they are shown."""


def applies(key: str) -> str:
    """When a change of a setting takes effect."""
    if key == "app.theme" or key.startswith("context."):
        return "at once"
    return "at the app's next start" if key.startswith("app.") else "at the daemon's next start"
