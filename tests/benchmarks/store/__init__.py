"""What the store costs, against plain ``sqlite3`` in the same run; trust the ratios, the times are the machine's."""

import asyncio
import tempfile
from pathlib import Path

from tests.benchmarks.store import reads, writes
from tests.benchmarks.store.timing import Figure


def measure() -> list[Figure]:
    """All figures of the store; takes a minute or two and two gigabytes of scratch space."""
    with tempfile.TemporaryDirectory() as folder:
        return [*asyncio.run(writes.measure(Path(folder))), *asyncio.run(reads.measure(Path(folder)))]
