"""What a scenario works in: the model server, the targets that run, and one target's turn at being measured."""

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
from bench.targets.base import Place, Target, seated
from bench.texts import Wish
from launcher import ports

_numbers = count(1)


@dataclass(frozen=True)
class Room:
    """A model server and running targets."""

    targets: list[Target]
    model_port: int
    model_pid: int

    async def sent(self, wishes: Iterable[Wish]) -> list[Sequence[float]]:
        """The model server's record of each reply."""
        connection = await Connection.open(self.model_port)
        times: list[Sequence[float]] = []
        for wish in wishes:
            response = await connection.send("GET", f"/record/{wish.number}")
            times.append(array("d", response.body))
        connection.close()
        return times

    async def hold(self) -> None:
        """Let the model keep the `held` replies back."""
        await self._control("/hold")

    async def release(self) -> None:
        """Let the model give the `held` replies."""
        await self._control("/release")

    async def _control(self, path: str) -> None:
        connection = await Connection.open(self.model_port)
        await connection.send("POST", path)
        connection.close()


@asynccontextmanager
async def open_room(folder: Path, names: Iterable[str], **settings: str) -> AsyncIterator[Room]:
    """Everything started, in a new folder, and warm."""
    await asyncio.to_thread(folder.mkdir, parents=True)
    async with AsyncExitStack() as stack:
        port, log = ports.free(), folder / "model.log"
        model_pid = await stack.enter_async_context(
            running([sys.executable, "-m", "bench.model_server", str(port)], log)
        )
        await asyncio.to_thread(answering, port, "/health", log)
        place = Place(folder, port, settings)
        targets = [await stack.enter_async_context(TARGETS[name](place)) for name in names]
        for target in targets:
            await warm(target)
        yield Room(targets, port, model_pid)


async def warm(target: Target) -> None:
    """A few replies, so that nothing is loaded or compiled for the first time later."""
    async with seated(target, 5) as seats:
        for _ in range(3):
            await asyncio.gather(*(seat.ask(wish(50, rate=500).question()) for seat in seats))


def wish(tokens: int, rate: float = 0, delay: float = 0.2, held: bool = False) -> Wish:
    """A reply that nobody asked for before."""
    return Wish(next(_numbers), tokens, rate, delay, held)
