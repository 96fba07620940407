"""The daemon's log: one JSON object per line, in a rotating file. Prompts and other input are logged at debug only."""

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
from agor_core.config import private_file
from agor_core.errors import AgorError

FILE_BYTES = 5_000_000
FILES_KEPT = 3

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "taskName", "color_message"}
REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request that is being answered; every line logged meanwhile contains it."""
_encoder = msgspec.json.Encoder(enc_hook=repr)


class JsonLines(logging.Formatter):
    """``{"at","level","logger","message"}``, then the request's id, the call's ``extra`` and the traceback."""

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
    """A private rotating file; lines that cannot be written are dropped without a word on stderr."""

    def _open(self) -> TextIOWrapper:
        return open_private(Path(self.baseFilename))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the standard library's name
        pass


def open_private(file: Path) -> TextIOWrapper:
    """Open a log for appending, created private to its owner. Raises OSError."""
    descriptor = private_file.open_regular(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    return os.fdopen(descriptor, "a", encoding="utf-8")


def log_failure(file: Path, message: str, error: Exception, **extra: object) -> None:
    """Append one line about the ``error`` that ends a run, with its traceback unless it is an AgorError.

    For times when no log is open. A file that cannot be written is ignored.
    """
    record = logging.LogRecord(__package__, logging.ERROR, "", 0, message, (), None)
    if not isinstance(error, AgorError):
        record.exc_info = (type(error), error, error.__traceback__)
    vars(record).update(extra)
    with contextlib.suppress(OSError), open_private(file) as stream:
        stream.write(JsonLines().format(record) + "\n")


@contextlib.contextmanager
def log_to_file(file: Path, level: str) -> Iterator[None]:
    """Log records of ``level`` and above to ``file``, until the context ends; ``level`` is one of the settings'."""
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
