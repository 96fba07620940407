"""``agor session show``: the facts of the app's session screen, in the same order."""

from collections.abc import Sequence

from agor_core.domain.genealogy import Genealogy
from agor_core.domain.session import Session, SessionStatus
from agor_core.domain.task import Task, TaskStatus
from agor_core.domain.texts import short_sha
from agor_tui.cli.context import session_argument
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import pass_invocation, verb
from agor_tui.cli.questions import pending, print_question
from agor_tui.cli.records import session_of, task_of, tasks_of, typed
from agor_tui.cli.session.tree import genealogy_path, print_tree
from agor_tui.cli.tasks import print_tasks
from agor_tui.state import check_facts
from agor_tui.state.agent_options import in_use
from agor_tui.state.ages import age
from agor_tui.state.clean import line, wrapped
from agor_tui.state.figures import changes, counted, files, money, progress, tokens
from agor_tui.state.glyphs import Tone
from agor_tui.state.landing_facts import where
from agor_tui.state.questions import request_title
from agor_tui.state.requesters import agent_who
from agor_tui.state.reviewing import left_of
from agor_tui.state.segments import Segment
from agor_tui.state.session_status import mark_of
from agor_tui.state.titles import session_title


@verb("show")
@session_argument
@pass_invocation
def show(invocation: Invocation, session: str) -> None:
    """Show a session: git, plan, tasks, tree."""
    daemon = invocation.daemon
    record = daemon.get("sessions", session)
    if invocation.json:
        invocation.out.record(record)
        return
    shown = session_of(record)
    tasks = [task_of(task) for task in tasks_of(daemon, shown.session_id)]
    genealogy = typed(Genealogy, daemon.call("GET", genealogy_path(shown.session_id)))
    _head(invocation, shown, tasks)
    _git(invocation, shown)
    _plan(invocation, tasks)
    if tasks:
        invocation.out.heading("TASKS")
        print_tasks(invocation, tasks, indent=2)
    if len(genealogy.sessions) > 1:
        invocation.out.heading("TREE")
        print_tree(invocation, genealogy, shown.session_id, indent=2)


def _head(invocation: Invocation, session: Session, tasks: Sequence[Task]) -> None:
    out, glyphs = invocation.out, invocation.glyphs
    mark = mark_of(session, glyphs)
    out.line([Segment(session_title(session), Tone.STRONG), Segment(f"  {mark}", mark.tone)])
    usage = session.usage
    facts = [
        line(session.agent),
        session.short_id,
        *(line(one) for one in in_use(session)),
        counted(session.message_count, "message"),
        f"{tokens(usage.input_tokens)} in, {tokens(usage.output_tokens)} out" if usage.input_tokens else "",
        money(usage.cost_usd),
        "just now" if (since := age(session.updated_at, invocation.now)) == "now" else f"{since} ago",
        "archived" if session.archived_at else "",
        agent_who("asked for", session.created_by),
    ]
    out.line([Segment(f" {glyphs.dot} ".join(fact for fact in facts if fact), Tone.MUTED)])
    if session.current is not None and session.current.notice:
        out.text(out.styled(line(session.current.notice), Tone.WARNING))
    for asked in (
        pending(invocation, [session.session_id]) if session.status is SessionStatus.AWAITING_PERMISSION else ()
    ):
        out.text(out.styled(f"wants: {request_title(asked.tool)}", Tone.WARNING))
        print_question(invocation, asked.tool, indent=2)
        out.line([Segment(f"  agor approval allow {asked.approval_id}  or: deny", Tone.MUTED)])
    failed = next((task for task in reversed(tasks) if task.status is TaskStatus.FAILED), None)
    if session.status is SessionStatus.FAILED and failed is not None:
        why = f"Task {failed.position} failed: {failed.error or 'no reason is known.'}"
        for text in wrapped(why, out.cells):
            out.line([Segment(text, Tone.ERROR)])
    if session.description:
        out.line([Segment(line(session.description))])


def _git(invocation: Invocation, session: Session) -> None:
    out, repo, git = invocation.out, session.repo, session.git_state
    facts = [("folder", line(repo.cwd))]
    if repo.repo_slug:
        worktree = f", worktree {line(repo.worktree_name)}" if repo.worktree_name else ""
        facts.append(("repo", line(repo.repo_slug) + worktree))
    if git.ref:
        target = f", for {line(git.target)}" if git.target and git.target != git.ref else ""
        facts.append(("branch", line(git.ref) + target))
    if session.landed is not None:
        facts.append(("landed", where(session.landed).removeprefix("landed ")))
    if session.pull_request is not None:
        facts.append(("pull", f"{line(session.pull_request.url)}, {line(session.pull_request.state)}"))
    if git.current_sha:
        base = f", from {short_sha(git.base_sha)}" if git.base_sha else ""
        facts.append(("commit", short_sha(git.current_sha) + base))
    if left := left_of(session):
        facts.append(("review", left))
    stat = session.changed
    if stat is not None and (changed := changes(stat, invocation.glyphs)):
        counted = files(stat.files)
        facts.append(("changed", changed if changed == counted else f"{changed} in {counted}"))
    if session.check is not None and (judged := check_facts.of_session(session, invocation.glyphs)) is not None:
        facts.append(("check", f"{judged.text}  {line(session.check.command)}"))
    out.heading("GIT")
    for name, value in facts:
        out.line([Segment(f"{name:<8} ", Tone.MUTED), Segment(value)], indent=2)


def _plan(invocation: Invocation, tasks: Sequence[Task]) -> None:
    planned = next((task for task in reversed(tasks) if task.plan), None)
    if planned is None:
        return
    out, glyphs = invocation.out, invocation.glyphs
    done = sum(entry.status == "completed" for entry in planned.plan)
    whose = "" if planned is tasks[-1] else f"  of task {planned.position}"
    out.heading("PLAN", progress(done, len(planned.plan), 10, glyphs) + whose)
    for entry in planned.plan:
        mark = glyphs.plan(entry.status)
        out.line([Segment(f"{mark.glyph} ", mark.tone), Segment(line(entry.content))], indent=2)
