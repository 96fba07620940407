"""``spawn:`` goes through Agor's command line."""

import json
import sys
from pathlib import Path

from tests.builders.demo_process import DemoProcess

RECORDER = """
import json, os, sys
print("Spawned.")
json.dump([sys.argv[1:], os.environ["AGOR_SESSION_ID"], os.getcwd()], open("spawned.json", "w"))
sys.exit(int(os.environ.get("CODE", 0)))
"""


def _program(folder: Path) -> str:
    """A command line that notes what it was asked, in the place of Agor's."""
    (folder / "agor_tui").mkdir(parents=True)
    (folder / "agor_tui" / "__init__.py").touch()
    (folder / "agor_tui" / "__main__.py").write_text(RECORDER)
    return str(folder)


def test_it_calls_the_command_line(start_demo, tmp_path: Path, cwd: Path) -> None:
    demo: DemoProcess = start_demo({"PYTHONPATH": _program(tmp_path / "bin"), "AGOR_SESSION_ID": "the-parent"})
    demo.run(demo.new(), "spawn: say: I am the child\\nstep:")
    arguments, parent, where = json.loads((cwd / "spawned.json").read_text())
    assert arguments == ["--no-tui", "session", "spawn", "the-parent", "--prompt", "say: I am the child\nstep:"]
    assert (parent, where) == ("the-parent", str(cwd))
    [call] = demo.tools()
    assert (call["status"], call["title"]) == ("completed", "Spawn a session: say: I am the child")
    assert call["content"][0]["content"]["text"] == "Spawned.\n"


def test_its_failure_fails_the_call(start_demo, tmp_path: Path) -> None:
    env = {"PYTHONPATH": _program(tmp_path / "bin"), "AGOR_SESSION_ID": "the-parent", "CODE": "4"}
    demo: DemoProcess = start_demo(env)
    assert demo.run(demo.new(), "spawn: hello\nsay: on")["stopReason"] == "end_turn"
    assert demo.tools()[0]["status"] == "failed"
    assert "[exit code 4]" in demo.tools()[0]["content"][0]["content"]["text"]


def test_outside_agor_it_fails(start_demo, cwd: Path) -> None:
    demo: DemoProcess = start_demo({"AGOR_SESSION_ID": ""})
    demo.run(demo.new(), "spawn: hello")
    assert demo.tools()[0]["status"] == "failed"


def test_it_is_the_same_python(start_demo, cwd: Path) -> None:
    """A module in the session's directory must not get into the agent."""
    (cwd / "json.py").write_text("raise SystemExit(9)")
    demo: DemoProcess = start_demo()
    assert demo.run(demo.new(), "say: fine")["stopReason"] == "end_turn"
    assert sys.version_info >= (3, 11)
