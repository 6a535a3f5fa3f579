"""Produces a steady stream of simulated users."""

import asyncio
import time
from typing import Self

from tests.chaos.simulated_users import ObservedTurn, SimulatedUser, Site
from tests.chaos.transcripts import BROKEN_QUESTION, CALM_QUESTION
from tests.support.waiting import eventually

STOPPING, BREAKING = 3, 7
UNBOUNDED = 1_000_000


async def all_begun(turns: list[ObservedTurn]) -> None:
    """Wait until every reader has seen some of its reply."""

    async def begun() -> bool:
        return all(observed.transcript.text or observed.transcript.end for observed in turns)

    await eventually(begun)


class Load:
    """Starts `rate` simulated users per second inside `async with`. Each asks a question and reads to the end.

    With `mixed`, one in ten stops the reply, and for one in ten the model breaks off. At most `at_most` users read at
    the same time: else replies take ever longer on a machine that is too slow for the rate.
    """

    def __init__(self, site: Site, rate: float, *, mixed: bool = False, at_most: int = UNBOUNDED) -> None:
        self.users: list[SimulatedUser] = []
        self._site = site
        self._rate = rate
        self._mixed = mixed
        self._places = asyncio.Semaphore(at_most)
        self._turns: list[ObservedTurn] = []
        self._asked: list[asyncio.Task[ObservedTurn]] = []

    async def __aenter__(self) -> Self:
        self._arrivals = asyncio.create_task(self._start_users())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Cancel the remaining users: their results are no longer needed."""
        for task in (self._arrivals, *self._asked):
            task.cancel()
        await asyncio.gather(self._arrivals, *self._asked, return_exceptions=True)

    async def _start_users(self) -> None:
        start = time.monotonic()
        while True:
            await self._places.acquire()
            self.users.append(SimulatedUser(self._site, len(self.users)))
            number = len(self.users) % 10 if self._mixed else 0
            action = {STOPPING: self._stopping, BREAKING: self._breaking}.get(number, self._reading)
            self._asked.append(asyncio.create_task(action(self.users[-1])))
            self._asked[-1].add_done_callback(lambda _: self._places.release())
            await asyncio.sleep(start + len(self.users) / self._rate - time.monotonic())

    async def _ask(self, user: SimulatedUser, question: str) -> ObservedTurn:
        observed = await user.ask(question)
        self._turns.append(observed)
        return observed

    async def _reading(self, user: SimulatedUser) -> ObservedTurn:
        return await user.read(await self._ask(user, CALM_QUESTION))

    async def _breaking(self, user: SimulatedUser) -> ObservedTurn:
        return await user.read(await self._ask(user, BROKEN_QUESTION))

    async def _stopping(self, user: SimulatedUser) -> ObservedTurn:
        observed = await self._ask(user, CALM_QUESTION)
        reading = asyncio.create_task(user.read(observed))
        await all_begun([observed])
        await user.call("POST", f"/chat/turns/{observed.turn_id}/cancel")
        return await reading

    async def has_begun(self, replies: int) -> None:
        """Wait until readers have seen the beginning of so many replies."""

        async def are_read() -> bool:
            return sum(bool(observed.transcript.text) for observed in self._turns) >= replies

        await eventually(are_read)

    async def end(self) -> list[ObservedTurn]:
        """Start no more users, wait until all have read to the end, and return their turns in order."""
        self._arrivals.cancel()
        return list(await asyncio.gather(*self._asked))
