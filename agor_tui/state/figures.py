"""Figures as they are shown: money, lines added and removed, tokens, the bar of a plan."""

from agor_core.domain.figures import Diffstat
from agor_core.domain.task import Task
from agor_tui.state.clean import line
from agor_tui.state.glyphs import UNICODE, Glyphs


def money(dollars: float) -> str:
    """US dollars with cents, ``$1.84``; empty for zero."""
    if dollars <= 0:
        return ""
    return f"${dollars:,.2f}" if dollars >= 0.01 else "<$0.01"


def changes(diffstat: Diffstat | None, glyphs: Glyphs = UNICODE) -> str:
    """Lines added and removed, ``+212 −18``; the number of files if there are no lines; empty without changes."""
    counted = " ".join(filter(None, lines_changed(diffstat, glyphs)))
    return counted or (files(diffstat.files) if diffstat is not None and diffstat.files else "")


def lines_changed(diffstat: Diffstat | None, glyphs: Glyphs = UNICODE) -> tuple[str, str]:
    """``+212`` lines added and ``−18`` removed; empty for zero."""
    if diffstat is None:
        return "", ""
    added, removed = diffstat.insertions, diffstat.deletions
    return f"+{added}" if added else "", f"{glyphs.minus}{removed}" if removed else ""


def files(count: int) -> str:
    """``1 file``, ``3 files``."""
    return counted(count, "file")


def counted(count: int, noun: str) -> str:
    """A count with its noun: ``1 message``, ``3 messages``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def left_out_names(task: Task, most: int = 3) -> str:
    """The files that were too large for a task's checkpoints: ``data.bin, dump.sql and 4 more``; empty without any."""
    names = [line(name) for name in task.git_state.left_out]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def size(count: int) -> str:
    """Bytes in few digits: ``950 B``, ``12 KB``, ``3.4 MB``, ``120 GB``; a KB has 1,024 of them."""
    amount, units = float(count), ["B", "KB", "MB", "GB", "TB"]
    while amount >= 999.5 and len(units) > 1:
        amount, units = amount / 1024, units[1:]
    return f"{amount:.1f} {units[0]}" if amount < 9.95 and units[0] != "B" else f"{amount:.0f} {units[0]}"


def tokens(count: int) -> str:
    """A count of tokens in few digits: ``950 12.4k 3.1M``."""
    if count < 1000:
        return str(count)
    if count < 999_950:
        return f"{count / 1000:.1f}k"
    return f"{count / 1_000_000:.1f}M"


def bar(done: int, total: int, cells: int = 10, glyphs: Glyphs = UNICODE) -> str:
    """A plan's progress, ``███████░░░``: full only at ``total``, empty only at 0."""
    if total <= 0 or cells <= 0:
        return ""
    full = min(cells, max(0, round(cells * done / total)))
    if 0 < done < total:
        full = min(max(full, 1), cells - 1)
    return glyphs.bar_full * full + glyphs.bar_empty * (cells - full)


def progress(done: int, total: int, cells: int = 10, glyphs: Glyphs = UNICODE) -> str:
    """A plan's bar and count, ``███████░░░ 5/7``; empty without a plan."""
    return f"{bar(done, total, cells, glyphs)} {done}/{total}" if total > 0 else ""
