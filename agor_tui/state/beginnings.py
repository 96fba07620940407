"""Where a new session begins, as sentences for people."""

from agor_core.domain.beginning import Beginning
from agor_core.domain.texts import short_sha
from agor_tui.state.clean import line
from agor_tui.state.figures import counted

MOST_NAMED = 3


def where(seen: Beginning) -> str:
    """The label, the commit and how far it is behind; empty outside of git."""
    if seen.sha is None:
        return line(seen.problem or "")
    behind = f", {seen.behind} behind {line(seen.upstream)}" if seen.behind else ""
    return f"{line(seen.label)} {short_sha(seen.sha)} {line(seen.subject)}{behind}".strip()


def uncommitted(seen: Beginning) -> str:
    """The uncommitted files by number and the first names; empty without any."""
    if not seen.uncommitted_count:
        return ""
    names = ", ".join(line(path) for path in seen.uncommitted[:MOST_NAMED])
    more = ", …" if seen.uncommitted_count > MOST_NAMED else ""
    return f"{counted(seen.uncommitted_count, 'file')}: {names}{more}"


def sentences(seen: Beginning, *, taken: bool) -> list[str]:
    """What is to be known before it begins."""
    if seen.sha is None:
        return []
    behind = f" It is {seen.behind} behind {line(seen.upstream)}, as far as that was fetched." if seen.behind else ""
    said = [f"Begins at {line(seen.label)}, {short_sha(seen.sha)} {line(seen.subject)}.{behind}"]
    if seen.uncommitted_count:
        what = "are taken along" if taken else "stay there"
        way = "" if taken or not seen.takeable else " To take them along: --take-uncommitted"
        said.append(f"Uncommitted changes {what} ({uncommitted(seen)}).{way}")
    return said
