"""The functions of the script's verbs."""

import math
import os
import select
import sys
from collections.abc import Callable, Iterator

from agor_core.agents.demo import children, files
from agor_core.agents.demo.script import Line, path_and_text, with_breaks
from agor_core.agents.demo.toolcall import ScriptedCall, describe, text_content
from agor_core.agents.demo.turn import DemoTurn, Failed

STDERR_PIECE = 4096
"""Bytes that a writable pipe takes without blocking."""
LONGEST_SLEEP = 1_000_000.0


def perform(turn: DemoTurn, line: Line) -> None:
    """Run one line of a script. Raises Cancelled, Failed."""
    if line.verb is None:
        turn.say(f"I only follow scripts, so I just take note of this: “{_short(line.argument)}”.")
    else:
        VERBS[line.verb](turn, line.argument)


def plan(turn: DemoTurn, argument: str) -> None:
    words = [entry.strip() for entry in argument.split("|") if entry.strip()]
    turn.session.plan = [[entry, "pending" if n else "in_progress"] for n, entry in enumerate(words)]
    turn.show_plan()


def step(turn: DemoTurn, _: str) -> None:
    entries = turn.session.plan
    current = next((n for n, entry in enumerate(entries) if entry[1] == "in_progress"), None)
    if current is None:
        return
    entries[current][1] = "completed"
    if current + 1 < len(entries):
        entries[current + 1][1] = "in_progress"
    turn.show_plan()


def say(turn: DemoTurn, argument: str) -> None:
    turn.say(with_breaks(argument))


def think(turn: DemoTurn, argument: str) -> None:
    turn.think(with_breaks(argument))


def write(turn: DemoTurn, argument: str) -> None:
    _change(turn, "write", argument)


def append(turn: DemoTurn, argument: str) -> None:
    _change(turn, "append", argument)


def delete(turn: DemoTurn, argument: str) -> None:
    _change(turn, "delete", argument)


def read(turn: DemoTurn, argument: str) -> None:
    call = _start(turn, "read", argument)
    try:
        text = files.read(files.place(turn.session.cwd, path_and_text(argument)[0]))
    except files.FileRefused as refused:
        return call.fail(str(refused))
    if text is None:
        return call.fail("There is no such file.")
    return call.complete(text_content(files.shown(text)))


def run(turn: DemoTurn, argument: str) -> None:
    _command(turn, _start(turn, "run", argument), ["sh", "-c", argument])


def spawn(turn: DemoTurn, argument: str) -> None:
    call = _start(turn, "spawn", argument)
    if not (parent := os.environ.get("AGOR_SESSION_ID")):
        return call.fail("AGOR_SESSION_ID is not set: this is no session of Agor.")
    program = [sys.executable, "-P", "-m", "agor_tui", "--no-tui"]
    return _command(turn, call, [*program, "session", "spawn", parent, "--prompt", with_breaks(argument)])


def recall(turn: DemoTurn, _: str) -> None:
    prompts = turn.session.prompts
    listed = "\n".join(f"{n}. {prompt}" for n, prompt in enumerate(prompts, 1))
    turn.say(f"I remember {len(prompts)} {'prompt' if len(prompts) == 1 else 'prompts'}:\n{listed}")


def sleep(turn: DemoTurn, argument: str) -> None:
    if (seconds := _number(turn, "sleep", argument)) is not None:
        turn.wait(min(max(seconds, 0.0), LONGEST_SLEEP))


def hang(turn: DemoTurn, _: str) -> None:
    turn.wait()


def flood(turn: DemoTurn, argument: str) -> None:
    if (count := _number(turn, "flood", argument)) is not None:
        turn.stream("agent_message_chunk", _flood(int(count)))


def stderr(turn: DemoTurn, argument: str) -> None:
    if (count := _number(turn, "stderr", argument)) is None:
        return
    left = int(count)
    while left > 0:
        turn.check()
        if select.select([], [2], [], 0.1)[1]:
            left -= os.write(2, (b"%078d\n" % left * 52)[: min(left, STDERR_PIECE)])


def garbage(turn: DemoTurn, argument: str) -> None:
    turn.connection.write_line(f"this is not JSON {{ {argument}".encode("utf-8", "replace"))
    turn.think("I wrote a line that is not JSON, where only messages of the protocol belong; it is passed over.")


def fail(_: DemoTurn, argument: str) -> None:
    raise Failed(argument or "The script said so.")


def leave(turn: DemoTurn, argument: str) -> None:
    if (code := _number(turn, "exit", argument or "0")) is not None:
        children.end_all()
        os._exit(int(code) & 0xFF)


VERBS: dict[str, Callable[[DemoTurn, str], None]] = {
    "plan": plan,
    "step": step,
    "say": say,
    "think": think,
    "write": write,
    "append": append,
    "delete": delete,
    "read": read,
    "run": run,
    "spawn": spawn,
    "recall": recall,
    "sleep": sleep,
    "flood": flood,
    "stderr": stderr,
    "garbage": garbage,
    "fail": fail,
    "exit": leave,
    "hang": hang,
}
"""All verbs but ``ask``, which needs the next line (see ``turns``)."""


def _start(turn: DemoTurn, verb: str, argument: str) -> ScriptedCall:
    return ScriptedCall(turn, describe(Line(verb, argument), turn.session.cwd) or {})


def _change(turn: DemoTurn, verb: str, argument: str) -> None:
    call = _start(turn, verb, argument)
    path, text = path_and_text(argument)
    text = with_breaks(text)
    try:
        full = files.place(turn.session.cwd, path)
        before = files.read(full)
        if verb == "delete":
            files.delete(full)
            after = ""
        else:
            files.write(full, text, append=verb == "append")
            after = (before or "") + text if verb == "append" else text
    except files.FileRefused as refused:
        return call.fail(str(refused))
    if len(before or "") + len(after) > files.LONGEST_READ:
        return call.complete(text_content("Done; the file is too long to show."))
    return call.complete({"type": "diff", "path": str(full), "oldText": before, "newText": after})


def _command(turn: DemoTurn, call: ScriptedCall, arguments: list[str]) -> None:
    try:
        command = children.ShellCommand(arguments, turn.session.cwd)
    except (OSError, ValueError) as error:  # ValueError: a NUL in it
        return call.fail(f"It cannot be run: {error}.")
    with turn.interrupted_by(command.stop):
        code = command.wait(call.progress)
    output = command.output
    if turn.is_cancelled:
        call.fail(f"{output}\n[cancelled]".lstrip("\n"))
        turn.check()
    if code == 0:
        return call.complete(*([text_content(output)] if output else []), raw_output={"exit_code": 0})
    ending = f"[exit code {code}]" if code > 0 else f"[killed by signal {-code}]"
    return call.fail(f"{output.rstrip()}\n{ending}".lstrip("\n"), raw_output={"exit_code": code})


def _flood(count: int) -> Iterator[str]:
    for n in range(count):
        yield f"chunk {n} of {count}\n"


def _number(turn: DemoTurn, verb: str, argument: str) -> float | None:
    try:
        number = float(argument)
    except ValueError:
        number = math.nan
    if math.isnan(number) or math.isinf(number):
        turn.say(f"`{verb}:` takes a number, not “{_short(argument)}”.")
        return None
    return number


def _short(text: str) -> str:
    return text if len(text) <= 200 else text[:199] + "…"
