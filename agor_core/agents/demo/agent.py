"""The agent's side of the protocol: the answer to each method (https://agentclientprotocol.com/protocol/schema)."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agor_core import __version__
from agor_core.agents.demo import history as past
from agor_core.agents.demo.history import History
from agor_core.agents.demo.jsonrpc import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    NOT_FOUND,
    Connection,
    RpcError,
)
from agor_core.agents.demo.prompt import DemoPrompt
from agor_core.agents.demo.turn import Cancelled, DemoSession, DemoTurn, Failed
from agor_core.agents.demo.turns import run_prompt

Params = dict[str, Any]

CAPABILITIES = {
    "loadSession": True,
    "promptCapabilities": {"image": False, "audio": False, "embeddedContext": True},
    "mcpCapabilities": {"http": False, "sse": False},
    "sessionCapabilities": {"list": {}, "resume": {}, "fork": {}, "close": {}},
}
MODES = [
    {"id": "auto", "name": "Auto", "description": "Goes on without asking, except where the script says ask:"},
    {"id": "ask", "name": "Ask", "description": "The same: the script alone says what is asked"},
]
CONTEXT_SIZE = 200_000


class DemoAgent:
    """Several sessions in one process, each with one turn at a time, in a thread of its own."""

    def __init__(self, connection: Connection, history: History) -> None:
        self._connection = connection
        self._history = history
        self._sessions: dict[str, DemoSession] = {}
        self._methods: dict[str, Callable[[Params], Any]] = {
            "initialize": self._initialize,
            "authenticate": lambda _: {},
            "session/new": self._new,
            "session/load": self._load,
            "session/resume": self._resume,
            "session/fork": self._fork,
            "session/list": self._list,
            "session/close": self._close,
            "session/set_mode": self._set_mode,
            "_session/steering": self._steer,
        }

    def handle(self, identifier: Any, method: str, params: Params) -> None:
        """Handle one request, or a notification if there is no id."""
        try:
            if method == "session/cancel":
                self._cancel(params)
            elif method == "session/prompt" and identifier is not None:
                self._prompt(identifier, params)
            elif identifier is not None:
                if (answer := self._methods.get(method)) is None:
                    raise RpcError(METHOD_NOT_FOUND, f"There is no method {method}.")
                self._connection.answer(identifier, answer(params))
        except RpcError as error:
            if identifier is not None:
                self._connection.refuse(identifier, error)
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            if identifier is not None:
                self._connection.refuse(identifier, RpcError(INTERNAL_ERROR, f"The history cannot be kept: {error}."))

    # Sessions

    def _initialize(self, _: Params) -> Params:
        return {
            "protocolVersion": 1,
            "agentInfo": {"name": "demo", "title": "Agor's demo agent", "version": __version__},
            "agentCapabilities": CAPABILITIES,
            "authMethods": [],
            "_meta": {"steering": {"supported": True}},
        }

    def _new(self, params: Params) -> Params:
        session_id, cwd = past.new_id(), _directory(params)
        self._history.create(session_id, [_header(session_id, cwd)])
        self._sessions[session_id] = DemoSession(session_id, cwd, [])
        return {"sessionId": session_id, "modes": _modes(self._sessions[session_id])}

    def _load(self, params: Params) -> Params:
        session, records = self._open(params)
        for update in past.updates_of(records):
            self._connection.notify("session/update", {"sessionId": session.session_id, "update": update})
        return {"modes": _modes(session)}

    def _resume(self, params: Params) -> Params:
        return {"modes": _modes(self._open(params)[0])}

    def _fork(self, params: Params) -> Params:
        source, cwd = _text(params, "sessionId"), _directory(params)
        records = self._records(source)
        match params.get("_meta"):
            case {"jetbrains": {"air": {"fork": {"messageId": str(message_id)}}}}:
                if (kept := past.until_message(records, message_id)) is None:
                    raise RpcError(INVALID_PARAMS, f"The session has no message {message_id}.")
                records = kept
            case _:
                pass
        session_id = past.new_id()
        origin = {"type": "fork", "from": source, "at": past.now()}
        self._history.create(session_id, [_header(session_id, cwd), *records[1:], origin])
        session = self._sessions[session_id] = DemoSession(session_id, cwd, past.prompts_of(records))
        return {"sessionId": session_id, "modes": _modes(session)}

    def _list(self, params: Params) -> Params:
        cwd = params.get("cwd")
        return {"sessions": [one for one in self._history.sessions() if cwd is None or one["cwd"] == cwd]}

    def _close(self, params: Params) -> Params:
        session_id = _text(params, "sessionId")
        self._records(session_id)
        if (session := self._sessions.pop(session_id, None)) is not None and session.turn is not None:
            session.turn.cancel()
        return {}

    def _set_mode(self, params: Params) -> Params:
        session, mode = self._session(params), _text(params, "modeId")
        if mode not in (one["id"] for one in MODES):
            raise RpcError(INVALID_PARAMS, f"There is no mode {mode}.")
        session.mode = mode
        update = {"sessionUpdate": "current_mode_update", "currentModeId": mode}
        self._connection.notify("session/update", {"sessionId": session.session_id, "update": update})
        return {}

    # Turns

    def _prompt(self, identifier: Any, params: Params) -> None:
        session = self._session(params)
        if session.turn is not None:
            raise RpcError(INVALID_REQUEST, "A turn is running in this session already.")
        prompt = DemoPrompt.of(params.get("prompt"))
        if prompt is None:
            raise RpcError(INVALID_PARAMS, "prompt is a list of content blocks.")
        if prompt.inherited:
            self._history.append(session.session_id, {"type": "history", "prompts": prompt.inherited})
            session.prompts.extend(prompt.inherited)
        if prompt.text:
            record = {"type": "prompt", "messageId": past.new_id(), "text": prompt.text, "at": past.now()}
            self._history.append(session.session_id, record)
            session.prompts.append(prompt.text)
        session.turn = DemoTurn(session, self._connection, self._history)
        threading.Thread(target=self._run, args=(identifier, session, session.turn, prompt), daemon=True).start()

    def _run(self, identifier: Any, session: DemoSession, turn: DemoTurn, prompt: DemoPrompt) -> None:
        """Run a turn in its thread; it ends silently if the client is gone, as the program ends then."""
        try:
            try:
                outcome = self._outcome(turn, prompt)
            except BaseException:
                self._connection.refuse(identifier, RpcError(INTERNAL_ERROR, "The demo agent has a fault; see stderr."))
                raise
            finally:
                session.turn = None
            if isinstance(outcome, RpcError):
                self._connection.refuse(identifier, outcome)
            else:
                self._connection.answer(identifier, outcome)
        except BrokenPipeError:
            pass

    def _outcome(self, turn: DemoTurn, prompt: DemoPrompt) -> Params | RpcError:
        session_id = turn.session.session_id
        try:
            reason = "end_turn"
            try:
                run_prompt(turn, prompt.text)
                if prompt.inherited and not prompt.text:
                    turn.say(f"I have read the history: {len(prompt.inherited)} prompts.")
            except Cancelled:
                reason = "cancelled"
            read = sum(len(text.split()) for text in turn.session.prompts)
            cost = {"amount": 0.0, "currency": "USD"}
            turn.passing_update({"sessionUpdate": "usage_update", "used": read, "size": CONTEXT_SIZE, "cost": cost})
            self._history.append(session_id, {"type": "end", "stopReason": reason, "at": past.now()})
        except Failed as failed:
            self._history.append(session_id, {"type": "end", "error": str(failed), "at": past.now()})
            return RpcError(INTERNAL_ERROR, str(failed))
        except BrokenPipeError:
            raise
        except OSError as error:
            return RpcError(INTERNAL_ERROR, f"The history cannot be kept: {error}.")
        said = len(prompt.text.split())
        usage = {"inputTokens": said, "outputTokens": turn.words, "totalTokens": said + turn.words}
        return {"stopReason": reason, "usage": usage}

    def _steer(self, params: Params) -> Params:
        """Take a message into the running turn: its lines come next."""
        session, prompt = self._session(params), DemoPrompt.of(params.get("prompt"))
        if prompt is None:
            raise RpcError(INVALID_PARAMS, "prompt is a list of content blocks.")
        if session.turn is None or not session.turn.steer(prompt.text):
            return {"outcome": "promptRequired", "reason": "noRunningTurn"}
        record = {"type": "prompt", "messageId": past.new_id(), "text": prompt.text, "at": past.now()}
        self._history.append(session.session_id, record)
        session.prompts.append(prompt.text)
        return {"outcome": "injected"}

    def _cancel(self, params: Params) -> None:
        session = self._sessions.get(str(params.get("sessionId")))
        if session is not None and (turn := session.turn) is not None:
            turn.cancel()

    # Looking things up

    def _session(self, params: Params) -> DemoSession:
        session_id = _text(params, "sessionId")
        if (session := self._sessions.get(session_id)) is None:
            raise RpcError(NOT_FOUND, f"There is no session {session_id} here; load or resume it first.")
        return session

    def _open(self, params: Params) -> tuple[DemoSession, list[past.Record]]:
        session_id, cwd = _text(params, "sessionId"), _directory(params)
        records = self._records(session_id)
        if (known := self._sessions.get(session_id)) is not None and known.turn is not None:
            raise RpcError(INVALID_REQUEST, "A turn is running in this session.")
        session = self._sessions[session_id] = DemoSession(session_id, cwd, past.prompts_of(records))
        return session, records

    def _records(self, session_id: str) -> list[past.Record]:
        if not (records := self._history.read(session_id)):
            raise RpcError(NOT_FOUND, f"There is no session {session_id}.")
        return records


def _header(session_id: str, cwd: Path) -> past.Record:
    return {"type": "session", "sessionId": session_id, "cwd": str(cwd), "at": past.now()}


def _modes(session: DemoSession) -> Params:
    return {"currentModeId": session.mode, "availableModes": MODES}


def _text(params: Params, name: str) -> str:
    if isinstance(value := params.get(name), str) and value:
        return value
    raise RpcError(INVALID_PARAMS, f"{name} is missing.")


def _directory(params: Params) -> Path:
    given = _text(params, "cwd")
    cwd = Path(given)
    if "\0" in given or not cwd.is_absolute() or not cwd.is_dir():
        raise RpcError(INVALID_PARAMS, f"cwd must be the full path of a directory, not {given!r}.")
    return cwd
