"""Runs a flusher inside a test, and makes models that write to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis

from chat.event_log import LogWriter, TurnLog
from chat.events import Event
from tests.support.chat_fixture import USER, ChatFixture
from tests.support.waiting import PATIENCE
from worker.llm.delta import Delta
from worker.llm.tries import Sink
from worker.output.flusher import Flusher
from worker.output.relay import Relay

SECONDS = PATIENCE
LAST = Delta(finish_reason="stop")


class RecordingLog(TurnLog):
    """A log that records the writers of each batch."""

    def __init__(self, store: Redis) -> None:
        super().__init__(store)
        self.batches: list[list[LogWriter]] = []

    async def append(self, batch: Sequence[tuple[LogWriter, Sequence[Event]]]) -> list[bool | Exception]:
        self.batches.append([writer for writer, _ in batch])
        return await super().append(batch)


@asynccontextmanager
async def flushing(log: TurnLog) -> AsyncIterator[Flusher]:
    made = Flusher(log)
    running = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def replies_with(
    *words: str, then: Callable[[], Awaitable[object]] | None = None
) -> Callable[[Sink], Awaitable[Delta]]:
    """Make a model that sends the words one by one and calls `then` before it ends."""

    async def source(sink: Sink) -> Delta:
        for word in words:
            sink.add(Delta(word))
            await sink.room()
            await asyncio.sleep(0)
        if then:
            await then()
        return LAST

    return source


async def another_session(chat: ChatFixture) -> ChatFixture:
    """Another session of the same user on the same store."""
    return ChatFixture(chat.store, (await chat.sessions.create(USER, "assistant")).session_id)


async def has_text(relay: Relay, text: str) -> bool:
    """Whether the relay has written exactly this text."""
    return relay.text == text
