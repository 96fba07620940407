"""The daemon's log: one JSON object a line, in a file that rotates. What people type is logged at debug only."""

import contextlib
import logging
import logging.handlers
import os
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path

import msgspec

from agor_core.clock import timestamp
from agor_core.errors import AgorError

FILE_BYTES = 5_000_000
FILES_KEPT = 3

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "taskName", "color_message"}
REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The request that is being answered; every line that is logged meanwhile says it."""
_encoder = msgspec.json.Encoder(enc_hook=repr)


class JsonLines(logging.Formatter):
    """``{"at","level","logger","message"}``, the request's id, whatever ``extra`` the call gave, the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": timestamp(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (request_id := REQUEST_ID.get()) is not None:
            line["request_id"] = request_id
        line |= {key: value for key, value in vars(record).items() if key not in _PLAIN}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return _encoder.encode(line).decode()


class QuietRotatingFile(logging.handlers.RotatingFileHandler):
    """A rotating file of its owner that drops lines when the disk is full, instead of writing about it to stderr."""

    def _open(self) -> TextIOWrapper:
        return open_private(Path(self.baseFilename))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the standard library's name
        pass


def open_private(file: Path) -> TextIOWrapper:
    """Open a log to add to it, made for its owner alone. Raises OSError."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    return os.fdopen(descriptor, "a", encoding="utf-8")


def log_failure(file: Path, message: str, error: Exception, **extra: object) -> None:
    """One line of level error about the ``error`` that ends a run, with its traceback unless it has a sentence.

    It is added where no log is open, or not any more; nothing happens where it cannot be written.
    """
    record = logging.LogRecord(__package__, logging.ERROR, "", 0, message, (), None)
    if not isinstance(error, AgorError):
        record.exc_info = (type(error), error, error.__traceback__)
    vars(record).update(extra)
    with contextlib.suppress(OSError), open_private(file) as stream:
        stream.write(JsonLines().format(record) + "\n")


@contextlib.contextmanager
def log_to_file(file: Path, level: str) -> Iterator[None]:
    """Log everything of ``level`` and above to ``file``; the settings say what levels there are."""
    number = logging.getLevelNamesMapping()[level.upper()]
    handler = QuietRotatingFile(file, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8", delay=True)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(number)
    for noisy in ("uvicorn.error", "asyncio", "alembic"):
        logging.getLogger(noisy).setLevel(max(number, logging.WARNING))
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        handler.close()
