"""Measures many open streams whose model has not sent a token yet."""

import asyncio

from bench import meters
from bench.figures import Figures, Tally
from bench.room import Room, wish
from bench.targets.base import Answer, Reader, Target, open_readers
from bench.targets.holdfast import TurnReader
from bench.texts import Wish

STREAMS = 2000
AT_ONCE = 20
SETTLE_SECONDS = 2.0


async def idle(room: Room, target: Target) -> Figures:
    """Measures memory and CPU. `stream_kb_of` is per stream, with its connection, guest and session."""
    await room.hold()
    empty = meters.memory(target.pids)
    async with open_readers(target, STREAMS) as readers:
        wishes = [wish(5, held=True) for _ in readers]
        following = await open_all(readers, wishes)
        await asyncio.sleep(SETTLE_SECONDS)
        full = meters.memory(target.pids)
        load = await idle_load(target)
        await room.release()
        answers = await asyncio.gather(*following, return_exceptions=True)
    tally = Tally()
    for asked, answer, sent in zip(wishes, answers, await room.sent(wishes), strict=True):
        tally.count(asked, answer if isinstance(answer, BaseException) else [answer], sent, target.take)
    return {
        **tally.counts(),
        "stream_kb_of": {name: (kb - empty[name]) / STREAMS for name, kb in full.items()},
        "api_kb": (full["api"] - empty["api"]) / STREAMS,
        "idle_load": load,
    }


async def open_all(readers: list[Reader], wishes: list[Wish]) -> list[asyncio.Task[Answer]]:
    """Opens and follows a turn with each reader, `AT_ONCE` at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(reader: Reader, asked: Wish) -> asyncio.Task[Answer]:
        assert isinstance(reader, TurnReader)
        async with gate:
            opened = await reader.open_turn(asked.question())
            task = asyncio.create_task(follow(reader, opened.asked, opened.json()["turn_id"]))
            await reader.connection.head_received()
            return task

    return list(await asyncio.gather(*(one(*pair) for pair in zip(readers, wishes, strict=True))))


async def follow(reader: TurnReader, asked: float, turn_id: str) -> Answer:
    return Answer(asked, await reader.follow(turn_id))


async def idle_load(target: Target) -> dict[str, float]:
    """Returns the cores that each process uses to keep the streams open."""
    before = meters.cpu(target.pids)
    await asyncio.sleep(SETTLE_SECONDS)
    return {name: (seconds - before[name]) / SETTLE_SECONDS for name, seconds in meters.cpu(target.pids).items()}
