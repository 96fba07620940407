"""Reads a difference from the daemon, page after page. No Textual; call it in a thread."""

from typing import Any
from urllib.parse import quote

from agor_tui.app.loading import Calls
from agor_tui.state import patch
from agor_tui.state.diffed import Diffed
from agor_tui.state.patch import Patch

LARGEST = 8 * 1024 * 1024
"""Characters of a patch after which no further page is read."""


def read(daemon: Calls, diffed: Diffed) -> Patch:
    """Read and parse a difference; of the present, as the files are now. A long one ends with a note."""
    if diffed.task is not None:
        answer = daemon.call("GET", f"/tasks/{diffed.task.task_id}/diff")
        if not answer["cut"]:
            return patch.of_answer(answer)
    return patch.of_answer(_pages(daemon, diffed))


def _pages(daemon: Calls, diffed: Diffed) -> dict[str, Any]:
    session_id = diffed.task.session_id if diffed.task is not None else diffed.session.session_id
    query = [("from", diffed.start), ("to", diffed.end)]
    texts: list[str] = []
    changes: list[Any] = []
    length, at, cut = 0, 0, False
    while True:
        asked = [*query, *([("skip", str(at))] if at else [])]
        page = daemon.call("GET", f"/sessions/{quote(session_id, safe='')}/diff", query=asked)
        texts.append(page["diff"])
        changes += page["changes"]
        length, at, cut = length + len(page["diff"]), page["next"], cut or page["cut"]
        if at is None or length > LARGEST:
            break
    if at is not None:
        rest = page["diffstat"]["files"] - at
        texts.append(f"… {rest} more files are left out here; agor session diff {session_id} shows all\n")
    return {
        **{name: page[name] for name in ("from", "to", "diffstat") if name in page},
        "diff": "".join(texts),
        "cut": cut or at is not None,
        "changes": changes,
    }
