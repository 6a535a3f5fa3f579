"""Adds to a turn's events where it waits for its user, for protocols whose streams end there."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing

from pydantic import TypeAdapter

from api.streaming.sse import Frame
from chat.asks import Ask

PAUSED = "paused"
"""The kind of the frames that are added. Their JSON is a list of asks; the log has no such event."""

SHOW_QUESTIONS = ("approval", "snapshot")

ASKS: TypeAdapter[list[Ask]] = TypeAdapter(list[Ask])


async def with_pauses(
    batches: AsyncGenerator[list[Frame]], open_asks: Callable[[int], Awaitable[Sequence[Ask]]]
) -> AsyncGenerator[list[Frame]]:
    """Yields the batches and, after a batch with the last event before a pause, one with what the turn asks.

    `open_asks`: returns what a turn asks that waits, and whose last event has this number; otherwise nothing.
    """
    async with aclosing(batches):
        async for batch in batches:
            yield batch
            if any(frame.kind in SHOW_QUESTIONS for frame in batch):
                last = batch[-1].seq
                if asks := await open_asks(last):
                    yield [Frame(last, False, b"", PAUSED, ASKS.dump_json(list(asks)).decode())]
