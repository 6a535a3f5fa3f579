"""A steady stream of people."""

import asyncio
import time
from typing import Self

from tests.chaos.people import Person, Site, Told
from tests.chaos.transcripts import BROKEN_QUESTION, CALM_QUESTION
from tests.support.waiting import eventually

STOPPING, BREAKING = 3, 7


async def all_begun(turns: list[Told]) -> None:
    """Wait until every reader has seen some of its reply."""

    async def begun() -> bool:
        return all(told.transcript.text or told.transcript.end for told in turns)

    await eventually(begun)


class Load:
    """People who come steadily, so many a second, ask, and read to the end.

    Of mixed ones every tenth stops the reply, and every tenth meets a model that breaks off. They come and stay inside
    `async with`.
    """

    def __init__(self, site: Site, rate: float, *, mixed: bool = False) -> None:
        self.people: list[Person] = []
        self._site = site
        self._rate = rate
        self._mixed = mixed
        self._turns: list[Told] = []
        self._asked: list[asyncio.Task[Told]] = []

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
            self.people.append(Person(self._site, len(self.people)))
            number = len(self.people) % 10 if self._mixed else 0
            doing = {STOPPING: self._stopping, BREAKING: self._breaking}.get(number, self._reading)
            self._asked.append(asyncio.create_task(doing(self.people[-1])))
            await asyncio.sleep(start + len(self.people) / self._rate - time.monotonic())

    async def _ask(self, person: Person, question: str) -> Told:
        told = await person.ask(question)
        self._turns.append(told)
        return told

    async def _reading(self, person: Person) -> Told:
        return await person.read(await self._ask(person, CALM_QUESTION))

    async def _breaking(self, person: Person) -> Told:
        return await person.read(await self._ask(person, BROKEN_QUESTION))

    async def _stopping(self, person: Person) -> Told:
        told = await self._ask(person, CALM_QUESTION)
        reading = asyncio.create_task(person.read(told))
        await all_begun([told])
        await person.call("POST", f"/chat/turns/{told.turn_id}/cancel")
        return await reading

    async def has_begun(self, replies: int) -> None:
        """Wait until so many replies have been seen to begin."""

        async def are_read() -> bool:
            return sum(bool(told.transcript.text) for told in self._turns) >= replies

        await eventually(are_read)

    async def end(self) -> list[Told]:
        """Nobody comes any more; the turns, as the people came, once all are read."""
        self._coming.cancel()
        return list(await asyncio.gather(*self._asked))
