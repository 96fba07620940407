"""Notices a turn without a sign of life: after a while the task says for how long nothing was heard of its agent."""

import asyncio

from agor_core.clock import Clock
from agor_daemon.supervisor.agents.agent_session import AgentSession


async def watch(agent: AgentSession, clock: Clock, limit: float) -> None:
    """Watch until cancelled; ``limit`` is the silence, in seconds, before each notice. An open question is none."""
    recorder, noticed = agent.recorder, False
    while True:
        now = clock.monotonic()
        if agent.asking:
            recorder.heard = now
        silent = now - recorder.heard
        if silent >= limit:
            recorder.notice(f"nothing heard for {_span(silent)}")
        elif noticed:
            recorder.notice(None)
        noticed = silent >= limit
        await asyncio.sleep(limit - silent % limit)


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 60 else f"{seconds // 60:.0f} min"
