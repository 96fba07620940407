"""``make bench``: measures speed and memory, each as a ratio to a baseline of the same run where there is one.

``make bench ARGS="store git"`` runs only those parts. A measure never fails a test; it is for reading and comparing.
"""

import importlib
import sys
import time
from typing import NamedTuple

PARTS = ("store", "git", "compare", "daemon", "app")


class Measure(NamedTuple):
    """One figure: ``ratio`` is to a baseline measured in the same run; ``goal`` says what we aim for."""

    name: str
    value: float
    unit: str
    ratio: float | None
    goal: str


def main(arguments: list[str]) -> int:
    """Run the parts that are named (all, if none) and print a table for each."""
    unknown = sorted(set(arguments) - set(PARTS))
    if unknown:
        print(f"There is no part {', '.join(unknown)}; there are: {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    for part in arguments or PARTS:
        began = time.perf_counter()
        module = importlib.import_module(f"tests.benchmarks.{part}")
        measures = [Measure(*figures) for figures in module.measure()]
        print(f"\n{part}  ({time.perf_counter() - began:.0f} s)")
        for measure in measures:
            ratio = f"{measure.ratio:6.2f}x" if measure.ratio is not None else " " * 7
            print(f"  {measure.name:<58} {measure.value:>10.2f} {measure.unit:<6} {ratio}   {measure.goal}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
