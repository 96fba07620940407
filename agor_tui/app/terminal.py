"""The end of the app from outside: signals, and a terminal that hung up.

By default Textual dies of SIGTERM and SIGHUP without restoring the terminal; with SIGHUP ignored it spins without one.
"""

import asyncio
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LEAVE_SECONDS = 3.0
"""Grace period of an app whose terminal is gone, before its process is ended."""
ENDINGS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def heed(leave: Callable[[int], object]) -> None:
    """Call ``leave`` with the exit code of a signal instead of dying of it."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in ENDINGS:
        loop.add_signal_handler(number, leave, 128 + number)


@contextmanager
def lent(leave: Callable[[int], object]) -> Iterator[None]:
    """While another program has the terminal: its Ctrl+C does not end the app, and afterwards the terminal is ours.

    ``leave`` is what was given to :func:`heed`; it is called afterwards if the app was to end meanwhile. The event
    loop, which stands still that long, is not told of any signal: it would act on it later.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ended: list[int] = []
    wakeup = signal.set_wakeup_fd(-1)
    before = {number: signal.signal(number, lambda number, _: ended.append(number)) for number in ENDINGS}
    try:
        yield
    finally:
        _take_terminal()
        for number, handler in before.items():
            signal.signal(number, handler)
            signal.siginterrupt(number, False)
        signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
        for ending in ended:
            if ending != signal.SIGINT:
                leave(128 + ending)


def _take_terminal() -> None:
    """Be in the foreground again: a shell that was killed leaves its own group there."""
    stdin = sys.__stdin__
    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    try:
        if stdin is not None and os.isatty(stdin.fileno()):
            os.tcsetpgrp(stdin.fileno(), os.getpgrp())
    except (OSError, ValueError):
        pass
    finally:
        signal.signal(signal.SIGTTOU, before)


def has_shell() -> bool:
    """Whether a shell would take over the terminal while the app is suspended.

    A shell with job control gives each job a process group. A process in the group of the session's leader has no such
    shell above it.
    """
    return os.getpgrp() != os.getsid(0)


def watch(gone: Callable[[], object]) -> None:
    """Call ``gone`` when the terminal at stdin hangs up; end the process if that does not, after LEAVE_SECONDS."""
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
