"""The environment of our git processes: scrubbed, with settings that a repository cannot override.

A repository is foreign: its config may name programs (hooks, fsmonitor, filters, pagers, remotes' helpers). None of
them runs for us, and git asks nobody and reaches no network.
"""

import os
from collections.abc import Iterable, Mapping

USERS_OWN = frozenset(
    {
        "GIT_CEILING_DIRECTORIES",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_SYSTEM",
        "GIT_DISCOVERY_ACROSS_FILESYSTEM",
        "GIT_EXEC_PATH",
    }
)
"""``GIT_*`` variables about the user's machine; the others are about another repository or command."""

FIXED = {
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_ASKPASS": "",
    "GIT_EDITOR": "false",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "LANGUAGE": "",
    "LC_ALL": "C",
    "SSH_ASKPASS": "",
}

SAFE_CONFIG = (
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("core.ignoreStat", "false"),
    ("core.pager", "cat"),
    ("core.quotePath", "false"),
    ("core.safecrlf", "false"),
    ("core.splitIndex", "false"),
    ("credential.helper", ""),
    ("diff.suppressBlankEmpty", "false"),
    ("gc.auto", "0"),
    ("i18n.commitEncoding", "UTF-8"),
    ("maintenance.auto", "false"),
    ("submodule.recurse", "false"),
)


def environment(
    base: Mapping[str, str], extra: Mapping[str, str] | None = None, config: Iterable[tuple[str, str]] = ()
) -> dict[str, str]:
    """The environment of one git process.

    ``config`` comes on top of the safe settings. It travels as ``GIT_CONFIG_KEY_n`` (git 2.31) and not as ``-c``,
    which cannot carry a key with ``=`` in it, and reaches the processes that git itself starts.
    """
    result = {name: value for name, value in base.items() if not name.startswith("GIT_") or name in USERS_OWN}
    result |= FIXED
    settings = [*SAFE_CONFIG, *config]
    result["GIT_CONFIG_COUNT"] = str(len(settings))
    for number, (key, value) in enumerate(settings):
        result[f"GIT_CONFIG_KEY_{number}"] = key
        result[f"GIT_CONFIG_VALUE_{number}"] = value
    return {**result, **(extra or {})}
