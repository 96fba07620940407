"""A comparison of sessions, as the daemon would answer it."""

from collections.abc import Sequence

from agor_core.domain.check import CheckFacts, CheckStatus
from agor_core.domain.comparison import ComparedFile, ComparedSession, Comparison, FileInSession
from agor_core.domain.figures import Diffstat, Usage
from agor_core.domain.session import Session
from agor_core.ids import CheckId

WORDS = (
    "The bucket stands beside the session store, and refusals are logged.",
    "Done. Two tests fail still; they were red before I began.",
    None,
)
FILES = {
    "docs/limits.md": (None, None, (9, 0, 0)),
    "src/auth/limits.py": ((61, 3, 0), None, (190, 40, 1)),
    "src/auth/login.py": ((20, 4, 0), (22, 2, 1), (20, 4, 0)),
    "tests/test_limits.py": ((30, 0, 0), (30, 0, 0), (30, 0, 0)),
}
"""By path: for each session its lines added and removed, and the version."""


def comparison(sessions: Sequence[Session]) -> Comparison:
    """Of one, two or three sessions."""
    ids = [session.session_id for session in sessions]
    files = [
        ComparedFile(
            path=path,
            within={
                ids[n]: FileInSession(insertions=found[0], deletions=found[1], version=found[2])
                for n, found in enumerate(of[: len(ids)])
                if found is not None
            },
        )
        for path, of in FILES.items()
    ]
    files = [file for file in files if file.within]
    return Comparison(
        sessions=tuple(map(_compared, sessions, range(len(ids)))), files=tuple(files), file_count=len(files)
    )


def _compared(session: Session, number: int) -> ComparedSession:
    others = [FILES[path][number] for path in FILES]
    changed = [found for found in others if found is not None]
    check = CheckFacts(
        check_id=CheckId(f"check-{number}"),
        status=CheckStatus.FAILED if number == 1 else CheckStatus.PASSED,
        command="make test",
        duration=41.0,
    )
    return ComparedSession(
        session_id=session.session_id,
        short_id=session.short_id,
        title=session.title,
        agent=session.agent,
        model=session.model,
        status=session.status,
        commit=f"{number}" * 40,
        base="3f2c1a5" * 5 + "abcde",
        ref=session.git_state.ref,
        task_count=session.task_count,
        seconds=370.0 * (number + 1),
        usage=Usage(input_tokens=40_000, output_tokens=8_000, cost_usd=0.41 if number != 1 else 0.0),
        check=check if number < 2 else None,
        diffstat=Diffstat(
            files=len(changed),
            insertions=sum(found[0] for found in changed),
            deletions=sum(found[1] for found in changed),
        ),
        uncommitted=("src/auth/login.py",) if number else (),
        uncommitted_count=number,
        target="main",
        conflicts=("src/auth/login.py",) if number == 1 else (),
        last_words=WORDS[number],
    )
