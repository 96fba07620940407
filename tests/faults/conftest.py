"""What the fault tests share: the lines that tell what each promise measured, and disks that can be filled or cut off.

Only root can mount them.
"""

import ast
import itertools
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.builders.power import Disk

MEGABYTES = 3
ROOT = Path(__file__).parents[2]
Promise = Callable[[str, str], None]


@pytest.fixture
def promise(record_property: Callable[[str, object], None]) -> Promise:
    """Say what was measured of a promise: ``promise("a stop ends the whole tree", "10.2 s, at most 11 s")``."""
    return lambda name, figure: record_property("promise", f"{name}: {figure}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line a promise: what a test measured, else the number of tests of its file and their time."""
    said: list[tuple[str, bool]] = []
    others: dict[str, list[pytest.TestReport]] = {}
    for report in itertools.chain.from_iterable(terminalreporter.stats.values()):
        if not isinstance(report, pytest.TestReport) or report.when != "call" or report.skipped:
            continue
        if lines := [str(line) for name, line in report.user_properties if name == "promise"]:
            said += [(line, report.passed) for line in lines]
        elif (file := report.nodeid.partition("::")[0]).startswith("tests/faults/"):
            others.setdefault(file, []).append(report)
    for file, reports in others.items():
        took = sum(report.duration for report in reports)
        figure = f"{len(reports)} test{'s' if len(reports) > 1 else ''}, {took:.0f} s"
        said.append((f"{_promise_of(file)}: {figure}", all(report.passed for report in reports)))
    if said:
        terminalreporter.section("promises")
    for line, kept in sorted(said):
        terminalreporter.write_line(f"{'kept  ' if kept else 'BROKEN'}  {line}")


def _promise_of(file: str) -> str:
    """The first sentence of a test file's docstring, without its end."""
    docstring = ast.get_docstring(ast.parse((ROOT / file).read_text())) or file
    return docstring.splitlines()[0].rstrip(".:")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk whose power can be cut."""
    try:
        made = Disk(tmp_path)
    except OSError:
        pytest.skip("a disk of its own cannot be mounted here")
    yield made
    made.unmount()


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
