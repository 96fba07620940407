"""The message that is suggested for a landing."""

from agor_core.domain.landing import MEND
from agor_core.domain.session import Session
from agor_daemon.supervisor.landing.wording import SUBJECT, WIDTH, suggested
from tests.builders.records import make_session, make_task


def of(*prompts: str, title: str | None = "Limit the login", started: str | None = "t") -> str:
    session: Session = make_session(title=title)
    return suggested(session, [make_task(session.session_id, full_prompt=it, started_at=started) for it in prompts])


def test_the_title_and_what_was_asked() -> None:
    assert of() == of("Limit the login") == "Limit the login\n"
    assert of("Limit it\n\n# per account", "Log refusals") == (
        "Limit the login\n\n- Limit it\n\n  # per account\n- Log refusals\n"
    )
    assert of("Per account\x1b[31m", f"{MEND}: test.") == "Limit the login\n\nPer account [31m\n"
    assert of("Queued", started=None) == "Limit the login\n"
    assert of("Only a prompt", title=None) == "Only a prompt\n"
    assert of(title=None).startswith("Work of session ")


def test_it_is_as_long_as_a_message_may_be() -> None:
    subject, _, *body = of("word " * 500, title="long " * 50).split("\n")
    assert len(subject) == SUBJECT
    assert max(map(len, body)) <= WIDTH
    assert len(of(*(f"prompt {number}" for number in range(50))).splitlines()) == 23
