"""A program that writes to a store until it is killed, and says what was acknowledged: ``python -m … URL``.

For each line on its input it forks a writer, says ``pid N``, then a line for each unit of work that committed, and
``dead`` when the writer is. Forking saves the imports of every life but the first.
"""

import asyncio
import os
import signal
import sys

from agor_core.clock import SystemClock
from agor_core.db.connections import Writer
from agor_core.db.store import open_store
from agor_core.ids import new_id
from agor_core.repositories import messages, sessions, tasks
from tests.builders.records import make_message, make_session, make_task

WRITERS = 8


def say(text: str) -> None:
    os.write(1, f"{text}\n".encode())


async def write_for_ever(url: str) -> None:
    store = await open_store(url, clock=SystemClock(), feed_rows=10**9)

    async def one_writer() -> None:
        while True:
            session = make_session(session_id=new_id(), description="x" * 500)
            task = make_task(session.session_id, task_id=new_id())
            message = make_message(task, message_id=new_id())

            def work(writer: Writer) -> None:
                sessions.insert(writer, session)  # noqa: B023 - awaited within the round
                tasks.insert(writer, task)  # noqa: B023
                messages.append(writer, message)  # noqa: B023

            await store.write(work)
            say(session.session_id)

    await asyncio.gather(*(one_writer() for _ in range(WRITERS)))


def main(url: str) -> None:
    new_id()
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.alarm(60)
            asyncio.run(write_for_ever(url))
        say(f"pid {pid}")
        os.waitpid(pid, 0)
        say("dead")


if __name__ == "__main__":
    main(sys.argv[1])
