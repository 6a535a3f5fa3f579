"""Slow and idle connections against the web tier, and how its visitors fare meanwhile."""

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.load.attack import Tally
from tests.support.stack import ROOT
from tests.support.waiting import eventually
from tests.support.web_tier import WebTier

VISITORS = 4


@dataclass
class Visits:
    """What visitors saw: seconds per request, and per whole chat (question to last token)."""

    requests: list[float] = field(default_factory=list)
    chats: list[float] = field(default_factory=list)


class Attackers:
    """A process of attackers, see `tests.load.attack`."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def tally(self) -> Tally:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(b"\n")
        return Tally(**json.loads(await self._process.stdout.readline()))

    async def have_come(self, count: int) -> bool:
        """Whether so many connections were opened; the first of them may be closed by now."""
        tally = await self.tally()
        return tally.held + tally.closed >= count


@asynccontextmanager
async def attacked(tier: WebTier, kind: str, count: int) -> AsyncIterator[Attackers]:
    """The web tier while `count` clients of this kind try to hold a connection each."""
    command = (sys.executable, "-m", "tests.load.attack", kind, str(tier.port), str(count))
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, cwd=ROOT)
    assert process.stdin
    attackers = Attackers(process)
    try:
        await eventually(lambda: attackers.have_come(count), 120)
        yield attackers
    finally:
        process.stdin.close()
        await process.wait()


async def visit(tier: WebTier, until: asyncio.Event) -> Visits:
    """Visitors who list, open and chat, one thing after the other, until the event. Raises where one is refused."""
    visits = Visits()
    await asyncio.gather(*(_visitor(tier, visits, until) for _ in range(VISITORS)))
    return visits


async def _visitor(tier: WebTier, visits: Visits, until: asyncio.Event) -> None:
    async with tier.client() as client:
        while not until.is_set():
            begun = time.perf_counter()
            session_id = await client.start()
            visits.requests.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            story = await client.chat(session_id, "still open?")
            visits.chats.append(time.perf_counter() - begun)
            assert story.text == "You said: still open? "


async def memory(process_id: int) -> int:
    """The resident memory of a process, in bytes."""
    asked = await asyncio.create_subprocess_exec("ps", "-o", "rss=", "-p", str(process_id), stdout=PIPE)
    return int((await asked.communicate())[0]) * 1024
