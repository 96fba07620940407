"""Runs a prompt: its script line by line with permissions, or the introduction if it has no script."""

from collections import deque

from agor_core.agents.demo.history import new_id
from agor_core.agents.demo.script import Line, parse
from agor_core.agents.demo.toolcall import ScriptedCall, describe, text_content
from agor_core.agents.demo.turn import Cancelled, DemoTurn
from agor_core.agents.demo.verbs import perform, plan, step

OPTIONS = [
    {"optionId": "allow_once", "name": "Allow", "kind": "allow_once"},
    {"optionId": "allow_always", "name": "Allow for this session", "kind": "allow_always"},
    {"optionId": "reject_once", "name": "Deny", "kind": "reject_once"},
]

INTRODUCTION = """\
I am the demo agent: a scripted program without a model, part of Agor, so I can neither read code nor write any.
I do what a prompt tells me line by line, as `verb: argument`. For example:

    plan: Look around | Write a note
    run: ls
    step:
    ask: May I write a note?
    write: note.txt Written by the demo agent.
    step:
    say: Done.

Other verbs: think, append, read, delete, spawn, recall, sleep, fail. \
For real work start a session with another agent:
`agor agent list` shows which are installed and how to get the others."""


def run_prompt(turn: DemoTurn, prompt: str) -> None:
    """Run a prompt and end with a message, as other agents do. Raises Cancelled, Failed."""
    lines = deque(parse(prompt))
    if not lines:
        return
    if all(line.verb is None for line in lines):
        introduce(turn)
        lines.clear()
    while lines := _with_steered(turn, lines):
        turn.check()
        line = lines.popleft()
        if line.verb != "ask":
            perform(turn, line)
        elif not _allowed(turn, line.argument or "May I go on?", lines[0] if lines else None) and lines:
            skipped = lines.popleft()
            turn.say(f"I was denied that, so I skip `{skipped.verb or 'the next line'}`.")
    if not turn.has_spoken:
        turn.say("Done.")


def _with_steered(turn: DemoTurn, lines: deque[Line]) -> deque[Line]:
    """The lines that are left, after those of the messages that came meanwhile."""
    steered = [line for text in turn.take_steered(ending=not lines) for line in parse(text)]
    return deque([*steered, *lines])


def introduce(turn: DemoTurn) -> None:
    """Introduce this program: read the directory and describe the demo agent."""
    plan(turn, "Look at the working directory | Say what I am and how to go on")
    cwd = turn.session.cwd
    call = ScriptedCall(
        turn, {"title": "List the working directory", "kind": "read", "locations": [{"path": str(cwd)}]}
    )
    try:
        names = sorted(f"{entry.name}/" if entry.is_dir() else entry.name for entry in cwd.iterdir())
    except OSError as error:
        call.fail(f"It cannot be listed: {error.strerror}.")
        seen = "I could not look at the working directory."
    else:
        call.complete(text_content("\n".join(names[:200])))
        few = ", ".join(f"`{name}`" for name in names[:5])
        seen = f"The working directory has {len(names)} {'entry' if len(names) == 1 else 'entries'}"
        seen += f": {few}{' and more' if len(names) > 5 else ''}." if names else "."
    step(turn, "")
    turn.say(f"{seen}\n\n{INTRODUCTION}")
    step(turn, "")


def _allowed(turn: DemoTurn, question: str, following: Line | None) -> bool:
    """Request permission for the next line, unless its verb is always allowed. Raises Cancelled."""
    verb = following.verb or "" if following is not None else ""
    if verb in turn.session.always_allowed:
        return True
    described = describe(following, turn.session.cwd) if following is not None else None
    call_id = new_id()
    shown = {"toolCallId": call_id, **(described or {"title": question, "kind": "other"})}
    turn.update({"sessionUpdate": "tool_call", "status": "pending", **shown})
    try:
        answer = turn.ask(
            "session/request_permission",
            {"toolCall": {**shown, "title": question, "status": "pending"}, "options": OPTIONS},
        )
    except Cancelled:
        _end(turn, call_id, "failed", "Cancelled.")
        raise
    match answer.result:
        case {"outcome": {"outcome": "selected", "optionId": "allow_once" | "allow_always" as choice}}:
            if choice == "allow_always":
                turn.session.always_allowed.add(verb)
            if described is None:
                _end(turn, call_id, "completed", "Allowed.")
            else:
                turn.call_id = call_id
            return True
        case {"outcome": {"outcome": "cancelled"}}:
            _end(turn, call_id, "failed", "Cancelled.")
            raise Cancelled
        case _:
            _end(turn, call_id, "failed", "Denied.")
            return False


def _end(turn: DemoTurn, call_id: str, status: str, text: str) -> None:
    turn.update(
        {
            "sessionUpdate": "tool_call_update",
            "toolCallId": call_id,
            "status": status,
            "content": [text_content(text)],
        }
    )
