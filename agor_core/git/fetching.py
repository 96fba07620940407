"""Fetch the upstream of one branch, where a person asks for it: the only call of ours that reaches a network.

Nothing of the repository's own config runs: the address is asked for, and fetched by itself with the programs and the
credentials of the user's own config. Nobody is asked for a password.
"""

import os
from pathlib import Path

from agor_core.errors import GitFailed
from agor_core.git.bases import remote_branch
from agor_core.git.durability import SYNCED
from agor_core.git.filters import USERS_OWN
from agor_core.git.porcelain import printable
from agor_core.git.process import attempt

TIMEOUT = 60.0
PROTOCOLS = "file:git:http:https:ssh"


async def fetch_upstream(repo: Path, branch: str) -> str | None:
    """Bring the remote branch that ``branch`` follows, or is, up to date; its name, None if there is none.

    Raises GitFailed, with git's reason, if it cannot be fetched.
    """
    found = await remote_branch(repo, branch)
    if found is None:
        return None
    asked = await attempt("remote", "get-url", "--", found.remote, cwd=repo)
    url = os.fsdecode(asked.stdout.removesuffix(b"\n"))
    if asked.code != 0 or not url or url.startswith("-"):
        raise GitFailed(f"The remote {printable(found.remote)} has no address.")
    users = await _users_own(repo)
    ssh = (users.get("core.sshcommand") or ["ssh"])[-1]
    done = await attempt(
        "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance",
        "--", url, f"+{found.ref}:{found.tracking}",
        cwd=repo,
        env={"GIT_ALLOW_PROTOCOL": PROTOCOLS, "GIT_SSH_COMMAND": f"{ssh} -oBatchMode=yes"},
        config=(*SYNCED, *(("credential.helper", helper) for helper in users.get("credential.helper", []))),
        timeout=TIMEOUT,
    )  # fmt: skip
    if done.code != 0:
        lines = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        said = printable(lines[0].removeprefix("fatal: ")) if lines else f"git ended with code {done.code}"
        raise GitFailed(
            f"{printable(found.name)} could not be fetched: {said}", stderr=done.stderr.decode(errors="replace")
        )
    return found.name


async def _users_own(repo: Path) -> dict[str, list[str]]:
    """How the user's own config, and the system's, say that remotes are reached."""
    keys = r"^(credential\.helper|core\.sshcommand)$"
    said = await attempt("config", "-z", "--show-scope", "--get-regexp", keys, cwd=repo)
    pieces = iter(said.stdout.split(b"\0")[:-1])
    found: dict[str, list[str]] = {}
    for scope in pieces:
        key, _, value = next(pieces).partition(b"\n")
        if scope in USERS_OWN:
            found.setdefault(key.decode(), []).append(os.fsdecode(value))
    return found
