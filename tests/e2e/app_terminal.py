"""What a person does in the app's terminal again and again."""

from tests.fakes.terminal import Terminal


def new_session(terminal: Terminal, *lines: str) -> None:
    """Start a session with a prompt of some lines."""
    terminal.press("n")
    terminal.sees("enter start")
    for number, line in enumerate(lines):
        if number:
            terminal.press("ctrl+j")
        terminal.press(line)
        terminal.sees(line)
    terminal.press("enter")
    terminal.misses("enter start")


def settle(terminal: Terminal) -> None:
    """Read until nothing has come for a while."""
    quiet = 0
    while quiet < 5:
        before = terminal.received
        terminal.read(0.1)
        quiet = quiet + 1 if terminal.received == before else 0
