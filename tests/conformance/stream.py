"""An open event stream, and all that was read of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import httpx2

from tests.conformance.reader import Reader, blocks, fields
from tests.conformance.verdicts import Broken, same

TERMINAL = ("end", "error")


@dataclass(frozen=True)
class Event:
    """One event: its id and its members."""

    id: str
    data: dict[str, Any]

    @property
    def seq(self) -> int:
        return int(self.id.rpartition(":")[2])

    @property
    def kind(self) -> str:
        return str(self.data["type"])


class Stream:
    """Keeps every block and event; `reader` is what is shown. `has_ended`: the body was read to its end.

    `turn_id` is empty where the request did not say which turn it follows.
    """

    def __init__(self, answer: httpx2.Response, reader: Reader, turn_id: str = "") -> None:
        self.answer = answer
        self.reader = reader
        self.turn_id = turn_id
        self.blocks: list[list[str]] = []
        self.events: list[Event] = []
        self.has_ended = False
        self._source = blocks(answer.aiter_bytes())

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    @property
    def last(self) -> Event:
        """The last event so far; a stream without any is broken."""
        if not self.events:
            raise Broken(f"no event came; status {self.status}, blocks {self.blocks[:3]}")
        return self.events[-1]

    async def block(self) -> list[str] | None:
        """The next block; None at the body's end."""
        block = await anext(self._source, None)
        if block is None:
            self.has_ended = True
            return None
        self.blocks.append(block)
        if any(line.startswith("data") for line in block):
            self._take(block)
        return block

    def _take(self, block: list[str]) -> None:
        self.reader.take(block)
        self.events.append(_event(block))

    async def read(self, until: Callable[[], bool] = lambda: False) -> Self:
        """Read on until that is true, or to the body's end."""
        while not until() and await self.block() is not None:
            pass
        return self

    async def event(self) -> Event:
        """The next event."""
        count = len(self.events)
        await self.read(lambda: len(self.events) > count)
        if len(self.events) == count:
            raise Broken(f"the body ended, and another event was expected; the last were {self.kinds[-3:]}")
        return self.events[-1]

    async def shows(self, text: str) -> Self:
        """Read on until exactly this text is shown."""
        await self.read(lambda: self.reader.text == text)
        same(self.reader.text, text, "the text of a stream that ended")
        return self

    async def to_end(self) -> Self:
        """Read on to the body's end; the last event has to be a terminal one."""
        await self.read()
        if self.last.kind not in TERMINAL:
            raise Broken(f"the body ended without a terminal event; the last were {self.kinds[-3:]}")
        return self


def _event(block: list[str]) -> Event:
    found = fields(block)
    return Event(found["id"], json.loads(found["data"]))
