"""Make all pictures, or those that are named: ``python -m screenshots board fork``."""

import asyncio
import sys

from screenshots import answer, board, compare, diff, fork, genealogy, land, review, session
from screenshots.stage import stage
from screenshots.story import tell

PICTURES = {
    "board": board.take,
    "session": session.take,
    "fork": fork.take,
    "genealogy": genealogy.take,
    "diff": diff.take,
    "answer": answer.take,
    "compare": compare.take,
    "land": land.take,
    "review": review.take,
}


def main(names: list[str]) -> None:
    """One stage for all of them."""
    with stage() as on:
        told = tell(on)
        for name in names or PICTURES:
            asyncio.run(PICTURES[name](on, told))


if __name__ == "__main__":
    main(sys.argv[1:])
