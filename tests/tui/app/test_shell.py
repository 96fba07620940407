"""Programs that get the terminal: a shell and an editor in a session's folder, and whose Ctrl+C it is meanwhile."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from msgspec.structs import replace

from agor_tui.app import shell, terminal
from tests.builders import app_records as make


def test_they_run_in_the_folder_of_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    said = tmp_path / "said"
    (tmp_path / "told").write_text(f'#!/bin/sh\necho "$PWD $AGOR_CONTEXT_SESSION $*" >> {said}\n')
    (tmp_path / "told").chmod(0o755)
    folder = tmp_path / "folder"
    folder.mkdir()
    session = make.session("One\x1b[2J")
    session = replace(session, repo=replace(session.repo, cwd=str(folder)))
    monkeypatch.setenv("SHELL", str(tmp_path / "told"))
    monkeypatch.setenv("VISUAL", f"{tmp_path / 'told'} -w")
    assert shell.refusal(session) is None
    assert shell.run_shell(session) is None
    assert shell.run_editor(session) is None
    assert said.read_text() == f"{folder} {session.session_id} \n{folder} {session.session_id} -w .\n"
    assert capfd.readouterr().out.endswith("the session One; exit or Ctrl+D goes back to agor.\n")
    monkeypatch.setenv("SHELL", "/no/such/shell")
    assert "Set SHELL to another program" in (shell.run_shell(session) or "")
    monkeypatch.setenv("VISUAL", "'")
    assert "Set EDITOR" in (shell.run_editor(session) or "")
    folder.rmdir()
    assert "is not there any more" in (shell.refusal(session) or "")


async def test_ctrl_c_is_of_the_program_that_has_the_terminal() -> None:
    codes: list[int] = []
    left = asyncio.Event()
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in terminal.ENDINGS}
    terminal.heed(lambda code: (codes.append(code), left.set()))
    try:
        with terminal.lent(lambda code: (codes.append(code), left.set())):
            os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(0.01)
        assert codes == []
        with terminal.lent(codes.append):
            os.kill(os.getpid(), signal.SIGTERM)
            assert codes == []
        assert codes.pop() == 143
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.wait_for(left.wait(), 10)
        assert codes == [130]
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
