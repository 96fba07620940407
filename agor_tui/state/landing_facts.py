"""A landing in words: what it would meet, a line a fact, the same in the app and on the command line."""

from collections.abc import Sequence

from agor_core.domain.check import CheckFacts, CheckStatus
from agor_core.domain.landing import BRING_IN, MEND, Landing, LandingPlan, LandingStatus, SessionLanding
from agor_core.domain.pull_request import PullRequest
from agor_core.domain.texts import short_sha
from agor_tui.state.ages import duration
from agor_tui.state.clean import line
from agor_tui.state.figures import counted, files
from agor_tui.state.glyphs import Glyphs, Tone
from agor_tui.state.segments import Segment

Fact = tuple[str, list[Segment]]
MOST_NAMED = 5
HOW_WORDS = {
    "squash": "one commit of everything",
    "merge": "its commits, and a merge commit",
    "rebase": "its commits anew, without a merge",
}


def where(landing: SessionLanding | Landing) -> str:
    """``landed in main at 3f2c1a9``."""
    return f"landed in {line(landing.target)} at {short_sha(landing.after)}"


def pull(request: PullRequest) -> str:
    """``pull request 12 open, 3 of 4 checks passed``."""
    name = "merge request" if request.program == "glab" else "pull request"
    number = "" if request.number is None else f" {request.number}"
    passed = sum(check.state == "passed" for check in request.checks)
    checks = f", {passed} of {counted(len(request.checks), 'check')} passed" if request.checks else ""
    return f"{name}{number} {line(request.state)}{checks}"


def facts(plan: LandingPlan, glyphs: Glyphs) -> list[Fact]:
    """Everything that is known before a landing, but its message."""
    found: list[Fact] = [("into", _into(plan)), ("how", [Segment(_how(plan))]), ("merges", _merges(plan, glyphs))]
    if plan.check is not None:
        found.append(("check", _check(plan.check, glyphs, checked=plan.checked)))
    if plan.in_the_way:
        found.append(("in the way", [Segment(f"{some(plan.in_the_way)} in {line(plan.checked_out)}", Tone.ERROR)]))
    if plan.left_out:
        found.append(("left out", [Segment(f"repositories inside of it: {some(plan.left_out)}", Tone.WARNING)]))
    found.append(("hooks", _hooks(plan)))
    if plan.obstacle is not None:
        found.append(("but", [Segment(line(plan.obstacle), Tone.ERROR)]))
    return found


def done(landing: Landing) -> str:
    """The sentence about a landing that was made or taken back."""
    if landing.status is LandingStatus.UNDONE:
        back = f"by the commit {short_sha(landing.reverted_by)}" if landing.reverted_by else "as if it had not landed"
        return f"The landing in {line(landing.target)} is taken back, {back}."
    return f"Landed in {line(landing.target)} at {short_sha(landing.after)}."


def resolving_prompt(plan: LandingPlan) -> str:
    """The prompt by which an agent brings the target into its worktree and resolves what conflicts."""
    paths = "\n".join(f"- {path}" for path in plan.conflicts)
    loose = "First commit what is uncommitted here. " if plan.uncommitted else ""
    return (
        f"{BRING_IN} {plan.target}, which has changed since. {loose}"
        f"Bring it into this worktree by `git merge {plan.target}`. It conflicts in:\n{paths}\n"
        "Resolve each conflict so that the intent of both sides stays, see that the result works, and commit the merge."
    )


def some(names: Sequence[str]) -> str:
    """The first of the names, and how many more there are."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(line(name) for name in names[:MOST_NAMED]) + more


def _into(plan: LandingPlan) -> list[Segment]:
    there = "checked out nowhere"
    if plan.checked_out is not None:
        changed = f", {files(plan.changed_there)} changed there" if plan.changed_there else ""
        apart = " (not these)" if plan.changed_there and not plan.in_the_way else ""
        there = f"checked out in {line(plan.checked_out)}{changed}{apart}"
    return [Segment(line(plan.target), Tone.STRONG), Segment(f"  {there}", Tone.MUTED)]


def _how(plan: LandingPlan) -> str:
    parts = [counted(plan.ahead, "commit")] if plan.ahead else []
    parts += [f"{counted(len(plan.uncommitted), 'uncommitted file')}"] if plan.uncommitted else []
    return f"{plan.how}: {HOW_WORDS[plan.how]} ({' and '.join(parts) or 'nothing'})"


def _merges(plan: LandingPlan, glyphs: Glyphs) -> list[Segment]:
    stat = f"{files(plan.files)} +{plan.insertions} {glyphs.minus}{plan.deletions}"
    behind = f", {counted(plan.behind, 'commit')} behind" if plan.behind else ""
    if plan.conflicts:
        return [Segment(f"conflicts in {some(plan.conflicts)}", Tone.ERROR), Segment(behind, Tone.MUTED)]
    return [Segment("clean", Tone.SUCCESS), Segment(f"{behind}  {stat}", Tone.MUTED)]


def _check(check: CheckFacts, glyphs: Glyphs, *, checked: bool) -> list[Segment]:
    mark = glyphs.check(check.status)
    took = "" if check.duration is None else f"  {duration(check.duration)}"
    earlier = "" if checked or check.status == CheckStatus.RUNNING else "  of earlier files"
    facts = [Segment(str(mark), mark.tone), Segment(f"  {line(check.command)}{took}", Tone.MUTED)]
    return [*facts, Segment(earlier, Tone.WARNING)]


def _hooks(plan: LandingPlan) -> list[Segment]:
    found = [Segment("none run", Tone.MUTED)] if not plan.hooks else []
    for number, hook in enumerate(plan.hooks):
        found.append(Segment(f"{', ' if number else ''}{line(hook.name)}"))
        if hook.changed:
            found.append(Segment(" (the session may have changed it)", Tone.WARNING))
    if plan.hooks_missing is not None:
        found.append(Segment(f"  {line(plan.hooks_missing)} is not there", Tone.WARNING))
    return [*found, Segment("  signed as your git does", Tone.MUTED)] if plan.signed else found


def failing_prompt(check: str, log: str) -> str:
    """The prompt that gives an agent the log of a check that failed."""
    return f"{MEND}: {check}. Find the cause and mend it. The end of its log:\n\n{log}"
