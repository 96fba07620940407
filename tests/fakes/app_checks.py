"""The fake daemon's checks: each runs until the test or a stop ends it, and may need consent first."""

from collections.abc import Iterator
from typing import Any, NoReturn

import msgspec
from msgspec.structs import replace

from agor_core.domain.check import Check, CheckStatus, facts
from agor_core.domain.session import Session
from agor_core.ids import CheckId, SessionId, TaskId
from agor_core.wire.failure import Failure
from agor_tui.client.errors import DaemonError
from tests.builders import app_records as make


class FakeChecks:
    """Calls about checks; ``consent`` is a file that has to be allowed first, ``output`` what every log holds."""

    store: dict[str, dict[str, Any]]
    consent: str | None = None
    output = b"one\ntwo\n"

    def change(self, record: Any, event: str = "patched") -> None:
        raise NotImplementedError

    def _ask(self, action: str, identifier: str, body: Any) -> None:
        raise NotImplementedError

    def end_check(self, check_id: str, status: CheckStatus, **fields: Any) -> None:
        """End a check, which its session shows."""
        check = replace(self.store["checks"][check_id], status=status, ended_at=make.NOW, **fields)
        self._show(check)

    def stream(self, path: str) -> Iterator[bytes]:
        assert path.endswith("/log")
        yield self.output

    def check_call(self, path: str, body: dict[str, Any]) -> Any:
        """``POST /sessions/{id}/check`` and ``POST /checks/{id}/stop``."""
        _, service, identifier, _ = path.split("/")
        if service == "checks":
            self._ask("stop check", identifier, body)
            self.end_check(identifier, CheckStatus.STOPPED)
            return msgspec.to_builtins(self.store["checks"][identifier])
        self._ask("check", identifier, {name: value for name, value in body.items() if name != "check_id"})
        if self.consent is not None and "consent" not in body:
            self._refuse(self.consent)
        check = Check(
            check_id=CheckId(body["check_id"]),
            session_id=SessionId(identifier),
            task_id=TaskId(body["at"]) if "at" in body else None,
            command=body.get("command", "make test"),
            created_at=make.NOW,
            started_at=make.NOW,
            updated_at=make.NOW,
        )
        self._show(check)
        return msgspec.to_builtins(check)

    def _show(self, check: Check) -> None:
        self.store["checks"][check.check_id] = check
        session: Session = self.store["sessions"][check.session_id]
        self.change(replace(session, check=facts(check)))

    def _refuse(self, text: str) -> NoReturn:
        errors = {"commands": text, "consent": "digest"}
        raise DaemonError(
            Failure(name="Unprocessable", message="Not allowed.", code=422, class_name="unprocessable", errors=errors)
        )
