"""A steady stream of people."""

import asyncio
import time
from typing import Self

from tests.chaos.simulated_users import ObservedTurn, SimulatedUser, Site
from tests.chaos.transcripts import BROKEN_QUESTION, CALM_QUESTION
from tests.support.waiting import eventually

STOPPING, BREAKING = 3, 7


async def all_begun(turns: list[ObservedTurn]) -> None:
    """Wait until every reader has seen some of its reply."""

    async def begun() -> bool:
        return all(observed.transcript.text or observed.transcript.end for observed in turns)

    await eventually(begun)


class Load:
    """People who come steadily, so many a second, ask, and read to the end.

    Of mixed ones every tenth stops the reply, and every tenth meets a model that breaks off. They come and stay inside
    `async with`.
    """

    def __init__(self, site: Site, rate: float, *, mixed: bool = False) -> None:
        self.users: list[SimulatedUser] = []
        self._site = site
        self._rate = rate
        self._mixed = mixed
        self._turns: list[ObservedTurn] = []
        self._asked: list[asyncio.Task[ObservedTurn]] = []

    async def __aenter__(self) -> Self:
        self._coming = asyncio.create_task(self._come())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Whoever is still there leaves: nobody waits for them any more."""
        for task in (self._coming, *self._asked):
            task.cancel()
        await asyncio.gather(self._coming, *self._asked, return_exceptions=True)

    async def _come(self) -> None:
        start = time.monotonic()
        while True:
            self.users.append(SimulatedUser(self._site, len(self.users)))
            number = len(self.users) % 10 if self._mixed else 0
            doing = {STOPPING: self._stopping, BREAKING: self._breaking}.get(number, self._reading)
            self._asked.append(asyncio.create_task(doing(self.users[-1])))
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
        """Wait until so many replies have been seen to begin."""

        async def are_read() -> bool:
            return sum(bool(observed.transcript.text) for observed in self._turns) >= replies

        await eventually(are_read)

    async def end(self) -> list[ObservedTurn]:
        """Nobody comes any more; the turns, as the people came, once all are read."""
        self._coming.cancel()
        return list(await asyncio.gather(*self._asked))
