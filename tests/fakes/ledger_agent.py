"""An agent that keeps a ledger: it does what its arguments say and notes every request that it gets.

``python ledger_agent.py LEDGER OPTIONS`` with OPTIONS as JSON: ``capabilities`` of the agent, ``updates`` that it
sends in each turn (``pause`` seconds after each), ``after`` that it sends once the turn has ended, ``later`` the same
after so many seconds ([seconds, [update], [call]]; once), ``replay`` that it sends on a load (``late``: after the
answer to it), ``calls`` of the client that it makes in a turn ([method, params]), ``refuse`` methods that it answers
with an error, ``stop`` its reason to stop, ``result`` what else is in the turn's result, ``lost_after`` how many
prompts it takes before it has lost the session, ``name`` its own name, ``opened`` what else is in the answer that
opens a session, ``before`` updates that it sends before it answers a method ({method: [update]}), ``answers`` that it
gives ({method: result}).
"""

import json
import sys
import time

ledger, options = sys.argv[1], json.loads(sys.argv[2])
sessions = prompts = 0


def note(what):
    with open(ledger, "a") as file:  # noqa: PTH123 - a program of few imports
        file.write(json.dumps(what) + "\n")


def send(**message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def update(session_id, one):
    send(method="session/update", params={"sessionId": session_id, "update": one})


def answer(message):
    global sessions, prompts
    method, params = message["method"], message.get("params") or {}
    session_id = params.get("sessionId")
    if method in options.get("refuse", []):
        return send(
            id=message["id"], error={"code": -32603, "message": "Internal error", "data": {"details": "I will not"}}
        )
    if method == "session/prompt":
        prompts += 1
        if prompts > options.get("lost_after", prompts):
            return send(id=message["id"], error={"code": -32002, "message": "Resource not found"})
    result = {}
    if method == "initialize":
        result = {"protocolVersion": 1, "agentCapabilities": options.get("capabilities", {})}
        if "name" in options:
            result["agentInfo"] = {"name": options["name"], "version": "1"}
    if method in ("session/new", "session/fork"):
        sessions += 1
        result = {"sessionId": f"{method}-{sessions}"}
    if method in ("session/new", "session/fork", "session/load", "session/resume"):
        result |= options.get("opened", {})
    result |= options.get("answers", {}).get(method, {})
    for one in options.get("before", {}).get(method, []):
        update(session_id, one)
    if method == "session/load" and not options.get("late"):
        for one in options.get("replay", []):
            update(session_id, one)
    if method == "session/prompt":
        for one in options.get("updates", []):
            update(session_id, one)
            time.sleep(options.get("pause", 0))
        for number, (called, arguments) in enumerate(options.get("calls", [])):
            send(id=1000 + number, method=called, params={"sessionId": session_id, **arguments})
            note({"answer": json.loads(sys.stdin.readline())})
        result = {"stopReason": options.get("stop", "end_turn"), **options.get("result", {})}
    send(id=message["id"], result=result)
    if method == "session/load" and options.get("late"):
        for one in options.get("replay", []):
            update(session_id, one)
    if method == "session/prompt":
        for one in options.get("after", []):
            update(session_id, one)
        if later := options.pop("later", None):
            seconds, updates, calls = later
            time.sleep(seconds)
            for one in updates:
                update(session_id, one)
            for number, (called, arguments) in enumerate(calls):
                send(id=2000 + number, method=called, params={"sessionId": session_id, **arguments})
                note({"answer": json.loads(sys.stdin.readline())})
    return None


for line in sys.stdin:
    received = json.loads(line)
    note(received)
    if "id" in received and "method" in received:
        answer(received)
