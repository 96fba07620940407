"""Word of the end: signals that ask the app to leave, and a terminal that is gone.

Textual itself dies of SIGTERM and SIGHUP without giving the terminal back, and with SIGHUP ignored it goes on at full
speed without a terminal.
"""

import asyncio
import os
import select
import signal
import sys
import threading
from collections.abc import Callable

LEAVE_SECONDS = 3.0


ENDINGS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def heed(leave: Callable[[int], object]) -> None:
    """Call ``leave`` with the exit code of a signal, in place of dying of it."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in ENDINGS:
        loop.add_signal_handler(number, leave, 128 + number)


def has_shell() -> bool:
    """Whether a shell of this terminal would take over while the app is suspended.

    A shell with job control gives each of its jobs a process group; what shares that of the session's leader, or is the
    leader, has none above it.
    """
    return os.getpgrp() != os.getsid(0)


def watch(gone: Callable[[], object]) -> None:
    """Call ``gone`` when the terminal at stdin has hung up; end the process if that does not end it."""
    try:
        descriptor = sys.__stdin__.fileno() if sys.__stdin__ else -1
    except (OSError, ValueError):
        return
    if descriptor >= 0 and os.isatty(descriptor):
        threading.Thread(target=_wait, args=(descriptor, gone), name="agor-terminal", daemon=True).start()


def _wait(descriptor: int, gone: Callable[[], object]) -> None:
    poll = select.poll()
    poll.register(descriptor, 0)  # no events: POLLHUP and POLLERR are reported all the same
    poll.poll()
    timer = threading.Timer(LEAVE_SECONDS, os._exit, (129,))
    timer.daemon = True
    timer.start()
    gone()
