"""The environment of a scenario: the model server and the running targets."""

import asyncio
import sys
from array import array
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bench.client import Connection
from bench.processes import answering, running
from bench.targets import TARGETS
from bench.targets.base import Target, TargetConfig, open_readers
from bench.texts import Wish
from launcher import ports

_numbers = count(1)


@dataclass(frozen=True)
class Room:
    """A running model server and running targets."""

    targets: list[Target]
    model_port: int
    model_pid: int

    async def sent(self, wishes: Iterable[Wish]) -> list[Sequence[float]]:
        """Returns the model server's record of each reply: the time of the request, then of each token."""
        connection = await Connection.open(self.model_port)
        times: list[Sequence[float]] = []
        for wish in wishes:
            response = await connection.send("GET", f"/record/{wish.number}")
            times.append(array("d", response.body))
        connection.close()
        return times

    async def hold(self) -> None:
        """Makes the model server hold the replies that are `held`."""
        await self._control("/hold")

    async def release(self) -> None:
        """Makes the model server send the replies that are `held`."""
        await self._control("/release")

    async def _control(self, path: str) -> None:
        connection = await Connection.open(self.model_port)
        await connection.send("POST", path)
        connection.close()


@asynccontextmanager
async def open_room(folder: Path, names: Iterable[str], **settings: str) -> AsyncIterator[Room]:
    """Starts the model server and the targets in a new folder, and warms the targets up."""
    await asyncio.to_thread(folder.mkdir, parents=True)
    async with AsyncExitStack() as stack:
        port, log = ports.free(), folder / "model.log"
        model_pid = await stack.enter_async_context(
            running([sys.executable, "-m", "bench.model_server", str(port)], log)
        )
        await asyncio.to_thread(answering, port, "/health", log)
        config = TargetConfig(folder, port, settings)
        targets = [await stack.enter_async_context(TARGETS[name](config)) for name in names]
        for target in targets:
            await warm(target)
        yield Room(targets, port, model_pid)


async def warm(target: Target) -> None:
    """Asks for a few replies, so that modules are loaded and code is compiled before the measurement."""
    async with open_readers(target, 5) as readers:
        for _ in range(3):
            await asyncio.gather(*(reader.ask(wish(50, rate=500).question()) for reader in readers))


def wish(tokens: int, rate: float = 0, delay: float = 0.2, held: bool = False) -> Wish:
    """Returns a wish for a reply with a new number."""
    return Wish(next(_numbers), tokens, rate, delay, held)
