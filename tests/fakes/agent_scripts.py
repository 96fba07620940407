"""Agents that misbehave, as small programs for ``bench.scripted``."""

from pathlib import Path

DEAF = """
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    if request["method"] == "session/cancel":
        {cancelled}
    elif request["method"] != "session/prompt":
        result = {{"protocolVersion": 1, "sessionId": "s"}}
        print(json.dumps({{"jsonrpc": "2.0", "id": request["id"], "result": result}}), flush=True)
"""

STUBBORN = """
import json, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(["sleep", "600"])
for line in sys.stdin:
    result = {"protocolVersion": 1, "sessionId": "s", "stopReason": "end_turn"}
    print(json.dumps({"jsonrpc": "2.0", "id": json.loads(line)["id"], "result": result}), flush=True)
time.sleep(600)
"""
"""Does not end when it is told to, nor does its child."""


def deaf(told: Path | None = None) -> str:
    """Takes prompts and what cancels them without a word; makes the file ``told`` when it is cancelled."""
    return DEAF.format(cancelled="pass" if told is None else f"open({str(told)!r}, 'w').close()")
