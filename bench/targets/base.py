"""The interface of all targets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.client import Connection, Response
from bench.transcript import Take

AT_ONCE = 20
"""Readers that are opened at the same time."""


@dataclass(frozen=True)
class Answer:
    """A reply as one reader received it. `asked` is the time of the question."""

    asked: float
    response: Response


class Reader(Protocol):
    """One reader with its connection. Opening it does everything that is not measured."""

    async def ask(self, question: str) -> list[Answer]:
        """Asks and reads to the end. Returns an answer for each connection that read it, the measured one first."""

    def close(self) -> None: ...


@dataclass(frozen=True)
class Target:
    """A running target. `pids` are its server processes; `take` reads its events."""

    name: str
    pids: dict[str, int]
    take: Take
    port: int
    open_reader: Callable[[], AbstractAsyncContextManager[Reader]]
    redis_url: str = ""


@dataclass(frozen=True)
class TargetConfig:
    """What a target needs to start: a folder to write to, the model server's port, and settings."""

    folder: Path
    model_port: int
    settings: dict[str, str]

    @property
    def model_url(self) -> str:
        return f"http://127.0.0.1:{self.model_port}/v1"


Opener = Callable[[TargetConfig], AbstractAsyncContextManager[Target]]


class PostReader:
    """Asks by one POST whose response is the stream."""

    def __init__(self, connection: Connection, path: str, headers: str = "") -> None:
        self._connection = connection
        self._path = path
        self._headers = headers

    async def ask(self, question: str) -> list[Answer]:
        body = {"model": "mock", "messages": [{"role": "user", "content": question}], "stream": True}
        response = await self._connection.send("POST", self._path, body, self._headers)
        return [Answer(response.asked, response)]

    def close(self) -> None:
        self._connection.close()


def post_reader(port: int, path: str) -> Callable[[], AbstractAsyncContextManager[Reader]]:
    @asynccontextmanager
    async def open_reader() -> AsyncIterator[Reader]:
        reader = PostReader(await Connection.open(port), path)
        try:
            yield reader
        finally:
            reader.close()

    return open_reader


@asynccontextmanager
async def open_readers(target: Target, count: int) -> AsyncIterator[list[Reader]]:
    """Opens `count` readers."""
    gate = asyncio.Semaphore(AT_ONCE)
    async with AsyncExitStack() as stack:

        async def one() -> Reader:
            async with gate:
                return await stack.enter_async_context(target.open_reader())

        yield list(await asyncio.gather(*(one() for _ in range(count))))
