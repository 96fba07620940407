"""Holding back answers of a fake daemon; the app's driver does not wait for calls that are held."""

from threading import Event


class Gate(Event):
    """Calls in threads wait at it until a test sets it."""

    waiting = 0
    """Calls that wait at any gate."""

    def wait(self, timeout: float | None = None) -> bool:
        Gate.waiting += 1
        try:
            return super().wait(timeout)
        finally:
            Gate.waiting -= 1
