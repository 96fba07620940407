"""The prompt of an open session: drafts, a prompt that fails, and one that arrived although it failed."""

from agor_tui.app.controllers.prompt_composer import ARRIVED, PromptComposer, archived
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.controller_host import InstantLink, LedgerHost


class Line:
    """A text that a test reads and writes."""

    def __init__(self) -> None:
        self.text = ""
        self.is_attached = True

    def set_text(self, text: str) -> None:
        self.text = text

    def clear(self) -> None:
        self.text = ""


class World:
    """An idle session and its prompt."""

    def __init__(self) -> None:
        self.session = make.session("One")
        self.host, self.line = LedgerHost(), Line()
        self.daemon = FakeDaemon(self.session)
        self.link = InstantLink(self.host, self.daemon)
        self.composer = PromptComposer(self.host, self.link, self.session.session_id, self.line)

    def send(self, text: str) -> None:
        self.line.text = text
        self.composer.send(self.session, text)

    def reopen(self) -> Line:
        """Leave the screen and open it anew."""
        self.composer.keep_draft()
        line = Line()
        PromptComposer(self.host, self.link, self.session.session_id, line).restore_draft()
        return line


def test_a_prompt_is_sent_and_its_line_is_empty() -> None:
    world = World()
    world.send("go on")
    assert [body for _, _, body in world.daemon.asked("prompt")] == [{"prompt": "go on"}]
    assert not world.line.text


def test_an_archived_session_takes_no_prompt_and_the_text_stays() -> None:
    world = World()
    world.line.text = "go on"
    world.composer.send(None, "go on")
    assert world.host.said == [archived()]
    assert world.line.text == "go on"


def test_what_is_written_is_a_draft_after_the_screen_was_left() -> None:
    world = World()
    world.line.text = "half a thought"
    assert world.reopen().text == "half a thought"
    assert world.host.said == ["Draft kept."]
    world.line.text = "  "
    assert not world.reopen().text


def test_a_prompt_that_fails_is_put_back_above_what_was_written_meanwhile() -> None:
    world = World()
    world.daemon.fails, world.link.held = "The disk is full.", []
    world.send("first")
    world.line.text = "second"
    world.link.held.pop()()
    assert world.host.said == ["The disk is full."]
    assert world.line.text == "first\n\nsecond"


def test_a_prompt_that_fails_after_the_screen_was_left_becomes_the_draft() -> None:
    world = World()
    world.daemon.fails, world.link.held = "The disk is full.", []
    world.send("first")
    world.line.is_attached = False
    world.link.held.pop()()
    assert world.reopen().text == "first"


def test_a_prompt_that_arrived_after_all_is_taken_out_of_the_line() -> None:
    world = World()
    world.daemon.fails = "The daemon does not answer."
    world.send("first")
    assert world.line.text == "first"
    task = make.task(world.session, 1, full_prompt="first", task_id=world.daemon.given[0]["task_id"])
    world.link.records.open_conversation(world.session.session_id).load([task], [])
    world.line.text = "first\n\nsecond"
    assert world.composer.take_arrived() == ["first"]
    assert world.line.text == "second"
    assert world.host.said[-1] == ARRIVED
    assert not world.composer.take_arrived()
