"""What every target gives."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.client import Connection, Response
from bench.story import Take

AT_ONCE = 20
"""Readers that are made ready at the same time."""


@dataclass(frozen=True)
class Answer:
    """A reply as one reader got it; `asked` is when the question went out."""

    asked: float
    response: Response


class Seat(Protocol):
    """One reader with its connection; everything that is not measured is done when it is taken."""

    async def ask(self, question: str) -> list[Answer]:
        """Ask and read to the end; one answer, the measured one first, for each way it is read."""

    def close(self) -> None: ...


@dataclass(frozen=True)
class Target:
    """A running target. `pids` are its server processes, `take` reads its events."""

    name: str
    pids: dict[str, int]
    take: Take
    port: int
    sit: Callable[[], AbstractAsyncContextManager[Seat]]
    redis_url: str = ""


@dataclass(frozen=True)
class Place:
    """Where a target may write, and the model server that it is to use."""

    folder: Path
    model_port: int
    settings: dict[str, str]

    @property
    def model_url(self) -> str:
        return f"http://127.0.0.1:{self.model_port}/v1"


Opener = Callable[[Place], AbstractAsyncContextManager[Target]]


class PostSeat:
    """Asks by one POST whose answer is the stream."""

    def __init__(self, connection: Connection, path: str) -> None:
        self._connection = connection
        self._path = path

    async def ask(self, question: str) -> list[Answer]:
        body = {"model": "mock", "messages": [{"role": "user", "content": question}], "stream": True}
        response = await self._connection.send("POST", self._path, body)
        return [Answer(response.asked, response)]

    def close(self) -> None:
        self._connection.close()


def post_seat(port: int, path: str) -> Callable[[], AbstractAsyncContextManager[Seat]]:
    @asynccontextmanager
    async def sit() -> AsyncIterator[Seat]:
        seat = PostSeat(await Connection.open(port), path)
        try:
            yield seat
        finally:
            seat.close()

    return sit


@asynccontextmanager
async def seated(target: Target, count: int) -> AsyncIterator[list[Seat]]:
    """So many readers, ready to ask."""
    gate = asyncio.Semaphore(AT_ONCE)
    async with AsyncExitStack() as stack:

        async def one() -> Seat:
            async with gate:
                return await stack.enter_async_context(target.sit())

        yield list(await asyncio.gather(*(one() for _ in range(count))))
