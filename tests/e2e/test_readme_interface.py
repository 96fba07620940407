"""The commands and the program that the README shows for the daemon's interface, as they stand there."""

import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.builders.daemons import Program, program

README = (Path(__file__).parents[2] / "README.md").read_text()
SECTION = README.partition("### From a program of your own")[2].partition("\n### ")[0]


def at_the_port(text: str, daemon: Program) -> str:
    return text.replace("localhost:3030", f"localhost:{daemon.said['port']}")


def until_two_follow(daemon: Program) -> None:
    while json.load(urllib.request.urlopen(f"http://127.0.0.1:{daemon.said['port']}/health"))["clients"] < 2:
        time.sleep(0.05)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_what_the_readme_shows_of_the_interface_works(tmp_path: Path) -> None:
    (commands,) = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)
    (following,) = (it for it in re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL) if "websockets" in it)
    with program(tmp_path / "home") as daemon:
        create, idle, either, feed = at_the_port(commands, daemon).strip().splitlines()

        def run(command: str) -> str:
            ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, cwd=tmp_path)
            assert ran.stderr == ""
            return ran.stdout

        follower = subprocess.Popen(
            [sys.executable, "-c", at_the_port(following, daemon)], stdout=subprocess.PIPE, text=True
        )
        try:
            stream = subprocess.Popen(["bash", "-c", feed.replace("max-time 1", "max-time 9")], stdout=subprocess.PIPE)
            assert stream.stdout is not None
            assert stream.stdout.readline().startswith(b"id: ")
            until_two_follow(daemon)
            made = json.loads(run(create))
            assert made["title"] == "Try it"
            assert follower.stdout is not None
            said = ""
            while "assistant and more" not in said:
                said += follower.stdout.readline()
            assert re.search(r"^\d+ \S", said, re.MULTILINE), "a piece of the answer, as it is written"
            assert "user flood: 9000" in said
            first = json.loads(stream.stdout.readline().removeprefix(b"data: "))
            assert first["type"] == "hello"
            stream.kill()
            stream.communicate()
        finally:
            follower.kill()
            follower.communicate()
        assert [it["session_id"] for it in json.loads(run(idle))["data"]] == [made["session_id"]]
        assert made["session_id"] in run(either)
