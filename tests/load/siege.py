"""Slow and idle connections against the web tier or an API itself, and how its visitors fare meanwhile."""

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
    """What is besieged: a web tier, or an API."""

    @property
    def port(self) -> int: ...

    def client(self) -> Client:
        """A new guest who comes in by it."""


@dataclass(frozen=True)
class Api:
    """An API without anything in front."""

    url: str

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def client(self) -> Client:
        return Client(self.url, *guests.guest())


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
async def attacked(target: Target, kind: str, count: int) -> AsyncIterator[Attackers]:
    """The target while `count` clients of this kind try to hold a connection each."""
    command = (sys.executable, "-m", "tests.load.attack", kind, str(target.port), str(count))
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, cwd=ROOT)
    assert process.stdin
    attackers = Attackers(process)
    try:
        await eventually(lambda: attackers.have_come(count), 120)
        yield attackers
    finally:
        process.stdin.close()
        await process.wait()


async def visit(target: Target, until: asyncio.Event) -> Visits:
    """Visitors who list, open and chat, one thing after the other, until the event. Raises where one is refused."""
    visits = Visits()
    await asyncio.gather(*(_visitor(target, visits, until) for _ in range(VISITORS)))
    return visits


async def _visitor(target: Target, visits: Visits, until: asyncio.Event) -> None:
    async with target.client() as client:
        while not until.is_set():
            begun = time.perf_counter()
            session_id = await client.start()
            visits.requests.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            transcript = await client.chat(session_id, "still open?")
            visits.chats.append(time.perf_counter() - begun)
            assert transcript.text == "You said: still open? "


async def memory(process_id: int) -> int:
    """The resident memory of a process, in bytes."""
    asked = await asyncio.create_subprocess_exec("ps", "-o", "rss=", "-p", str(process_id), stdout=PIPE)
    return int((await asked.communicate())[0]) * 1024
