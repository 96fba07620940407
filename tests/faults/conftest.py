"""What the fault tests share: the lines that tell what each promise measured, and a disk that can really be filled.

The disk is a small tmpfs, which only root can mount.
"""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

MEGABYTES = 3
Promise = Callable[[str, str], None]


@pytest.fixture
def promise(record_property: Callable[[str, object], None]) -> Promise:
    """Say what was measured of a promise: ``promise("a stop ends the whole tree", "10.2 s, at most 11 s")``."""
    return lambda name, figure: record_property("promise", f"{name}: {figure}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line a promise, for each test that came to its end."""
    said = [
        ("kept  " if report.passed else "BROKEN", str(line))
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "call"
        for name, line in report.user_properties
        if name == "promise"
    ]
    if said:
        terminalreporter.section("promises")
    for outcome, line in sorted(said, key=lambda found: found[1]):
        terminalreporter.write_line(f"{outcome}  {line}")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    options = f"size={MEGABYTES}m"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("a small disk cannot be mounted here")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)
