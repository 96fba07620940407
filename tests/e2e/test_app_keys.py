"""Keys typed faster than a dialog opens, in a real terminal."""

from tests.e2e.app_terminal import new_session
from tests.fakes.terminal import Terminal


def test_f_and_enter_in_one_write_fork_and_never_open(terminal: Terminal) -> None:
    terminal.sees("starts the first session")
    new_session(terminal, "Count the files", "say: One file.")
    terminal.sees("NEW 1")
    terminal.press("kkkkf\r")
    terminal.sees("IDLE 1")
    terminal.sees("Count the files  ↱")
    terminal.press("\r")
    terminal.sees("inherited from Count the files")
    terminal.sees("here the fork begins")


def test_f_and_a_prompt_in_one_write_lose_no_letter(terminal: Terminal) -> None:
    terminal.sees("starts the first session")
    new_session(terminal, "Count the files", "say: One file.")
    terminal.sees("NEW 1")
    terminal.press("fxDqu and a folder\r")
    terminal.sees("✦ xDqu and a folder")
    terminal.sees("NEW 2")


def test_what_is_typed_ahead_reaches_the_session_that_is_being_made(terminal: Terminal) -> None:
    terminal.sees("starts the first session")
    terminal.press("nCount the files\r")
    terminal.sees("NEW 1")
    terminal.press("\rpWrite them down\r")
    terminal.sees("2 ✓ Write them down")
