"""One turn: its updates to the client, its requests for permission, and its cancellation."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agor_core.agents.demo.history import History, Record, chunk, new_id
from agor_core.agents.demo.jsonrpc import Connection, OpenRequest

WORDS_A_PIECE = 3
KEPT_BEFORE_WRITING = 8_000
"""The most characters of a running message that a kill may lose."""

_WORDS = re.compile(rf"(?:\S+\s*){{1,{WORDS_A_PIECE}}}|\s+")


class Cancelled(Exception):
    """The client cancelled the turn."""


class Failed(Exception):
    """The script makes the turn fail with this reason."""


class DemoSession:
    """A session in this process: its directory, its history, and the verbs that are always allowed."""

    def __init__(self, session_id: str, cwd: Path, prompts: list[str]) -> None:
        self.session_id = session_id
        self.cwd = cwd
        self.prompts = prompts
        self.mode = "auto"
        self.always_allowed: set[str] = set()
        self.plan: list[list[str]] = []
        self.turn: DemoTurn | None = None


class DemoTurn:
    """A running turn. Only :meth:`cancel` and :meth:`steer` may be called from another thread."""

    def __init__(self, session: DemoSession, connection: Connection, history: History) -> None:
        self.session = session
        self.connection = connection
        self.words = 0
        self.has_spoken = False
        self.call_id: str | None = None
        self._history = history
        self._cancelled = threading.Event()
        self._steered: list[str] | None = []
        self._steering = threading.Lock()
        self._interrupts: list[Callable[[], None]] = []
        self._interrupting = threading.Lock()

    # Messages that join the turn

    def steer(self, text: str) -> bool:
        """Take a message into the turn, from another thread; False if it is ending."""
        with self._steering:
            if self._steered is None:
                return False
            self._steered.append(text)
        return True

    def take_steered(self, *, ending: bool = False) -> list[str]:
        """The messages that came since the last call; with ``ending`` and none, no other is taken."""
        with self._steering:
            taken, self._steered = self._steered or [], []
            if ending and not taken:
                self._steered = None
        return taken

    # Interruption

    def cancel(self) -> None:
        """Cancel the turn and interrupt its present step."""
        self._cancelled.set()
        with self._interrupting:
            interrupts = list(self._interrupts)
        for interrupt in interrupts:
            interrupt()

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    def check(self) -> None:
        """Raise Cancelled if the turn was cancelled."""
        if self._cancelled.is_set():
            raise Cancelled

    def wait(self, seconds: float | None = None) -> None:
        """Wait for some seconds, or without end. Raises Cancelled."""
        self._cancelled.wait(seconds)
        self.check()

    @contextmanager
    def interrupted_by(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """Call ``interrupt`` on a cancellation within this context."""
        with self._interrupting:
            self._interrupts.append(interrupt)
        try:
            if self._cancelled.is_set():
                interrupt()
            yield
        finally:
            with self._interrupting:
                self._interrupts.remove(interrupt)

    def ask(self, method: str, params: dict[str, Any]) -> OpenRequest:
        """Ask the client and wait for its answer. Raises Cancelled."""
        question = self.connection.ask(method, {"sessionId": self.session.session_id, **params})
        with self.interrupted_by(question.settled.set):
            question.settled.wait()
        self.check()
        return question

    # What it says

    def update(self, update: Record) -> None:
        """Send an update and store it in the history."""
        self._remember({"type": "update", "update": update})
        self._send(update)

    def passing_update(self, update: Record) -> None:
        """Send an update without storing it."""
        self._send(update)

    def say(self, text: str) -> None:
        """A message, in small pieces."""
        self.stream("agent_message_chunk", _WORDS.findall(text))

    def think(self, text: str) -> None:
        """A thought, in small pieces."""
        self.stream("agent_thought_chunk", _WORDS.findall(text))

    def stream(self, kind: str, pieces: list[str] | Iterator[str]) -> None:
        """Send one message in many pieces. The first piece is stored at once, the others in larger lots."""
        self.has_spoken |= kind == "agent_message_chunk"
        message_id = new_id()
        lot: list[str] = []
        size = KEPT_BEFORE_WRITING
        try:
            for piece in pieces:
                self.check()
                lot.append(piece)
                size += len(piece)
                if size > KEPT_BEFORE_WRITING:
                    self._remember_text(kind, message_id, lot)
                    lot, size = [], 0
                self._send(chunk(kind, message_id, piece))
                self.words += len(piece.split())
        finally:
            if lot:
                self._remember_text(kind, message_id, lot)

    def show_plan(self) -> None:
        """Send the session's plan."""
        entries = [{"content": words, "priority": "medium", "status": status} for words, status in self.session.plan]
        self.update({"sessionUpdate": "plan", "entries": entries})

    def _send(self, update: Record) -> None:
        self.connection.notify("session/update", {"sessionId": self.session.session_id, "update": update})

    def _remember(self, record: Record) -> None:
        self._history.append(self.session.session_id, record)

    def _remember_text(self, kind: str, message_id: str, pieces: list[str]) -> None:
        self._remember({"type": "text", "kind": kind, "messageId": message_id, "text": "".join(pieces)})
