"""Holds slow and idle connections to the web tier or an API, and measures its visitors' requests meanwhile."""

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from tests.load.attack import Tally
from tests.support import guests
from tests.support.client import Client
from tests.support.stack import ROOT
from tests.support.waiting import eventually

VISITORS = 4


class Target(Protocol):
    """What is attacked: a web tier or an API."""

    @property
    def port(self) -> int: ...

    def client(self) -> Client:
        """A client for a new guest."""


@dataclass(frozen=True)
class Api:
    """An API without a web tier."""

    url: str

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def client(self) -> Client:
        return Client(self.url, *guests.guest())


@dataclass
class Visits:
    """What visitors measured: the seconds per request, and per chat from the question to the last token."""

    requests: list[float] = field(default_factory=list)
    chats: list[float] = field(default_factory=list)


class Attackers:
    """A process that holds connections, see `tests.load.attack`."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def tally(self) -> Tally:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(b"\n")
        return Tally(**json.loads(await self._process.stdout.readline()))

    async def have_connected(self, count: int) -> bool:
        """Whether so many connections were opened, including those that are closed by now."""
        tally = await self.tally()
        return tally.held + tally.closed >= count


@asynccontextmanager
async def attacked(target: Target, kind: str, count: int) -> AsyncIterator[Attackers]:
    """Hold `count` connections of this kind to the target inside the block."""
    command = (sys.executable, "-m", "tests.load.attack", kind, str(target.port), str(count))
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, cwd=ROOT)
    assert process.stdin
    attackers = Attackers(process)
    try:
        await eventually(lambda: attackers.have_connected(count), 120)
        yield attackers
    finally:
        process.stdin.close()
        await process.wait()


async def visit(target: Target, until: asyncio.Event, visitors: int = VISITORS, pause: float = 0.0) -> Visits:
    """Let visitors open sessions and chat, one step after the other, until the event. Raises if one is refused.

    `pause`: seconds between a chat and the next session, for a lighter load.
    """
    visits = Visits()
    await asyncio.gather(*(_visitor(target, visits, until, pause) for _ in range(visitors)))
    return visits


async def _visitor(target: Target, visits: Visits, until: asyncio.Event, pause: float) -> None:
    async with target.client() as client:
        while not until.is_set():
            begun = time.perf_counter()
            session_id = await client.start()
            visits.requests.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            transcript = await client.chat(session_id, "still open?")
            visits.chats.append(time.perf_counter() - begun)
            assert transcript.text == "You said: still open? "
            await asyncio.sleep(pause)


async def memory(process_id: int) -> int:
    """The resident memory of a process in bytes."""
    asked = await asyncio.create_subprocess_exec("ps", "-o", "rss=", "-p", str(process_id), stdout=PIPE)
    return int((await asked.communicate())[0]) * 1024
