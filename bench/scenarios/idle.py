"""Many open streams of turns whose model has not said a word yet."""

import asyncio

from bench import meters
from bench.figures import Figures, Tally
from bench.room import Room, wish
from bench.targets.base import Answer, Seat, Target, seated
from bench.targets.holdfast import TurnSeat
from bench.texts import Wish

STREAMS = 2000
AT_ONCE = 20
SETTLE_SECONDS = 2.0


async def idle(room: Room, target: Target) -> Figures:
    """`stream_kb_of` counts each stream with its connection, its guest and its session."""
    await room.hold()
    empty = meters.memory(target.pids)
    async with seated(target, STREAMS) as seats:
        wishes = [wish(5, held=True) for _ in seats]
        following = await followed(seats, wishes)
        await asyncio.sleep(SETTLE_SECONDS)
        full = meters.memory(target.pids)
        quiet = await idle_load(target)
        await room.release()
        answers = await asyncio.gather(*following, return_exceptions=True)
    tally = Tally()
    for asked, answer, sent in zip(wishes, answers, await room.sent(wishes), strict=True):
        tally.count(asked, answer if isinstance(answer, BaseException) else [answer], sent, target.take)
    return {
        **tally.counts(),
        "stream_kb_of": {name: (kb - empty[name]) / STREAMS for name, kb in full.items()},
        "api_kb": (full["api"] - empty["api"]) / STREAMS,
        "idle_load": quiet,
    }


async def followed(seats: list[Seat], wishes: list[Wish]) -> list[asyncio.Task[Answer]]:
    """A turn opened and followed by each reader, some at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(seat: Seat, asked: Wish) -> asyncio.Task[Answer]:
        assert isinstance(seat, TurnSeat)
        async with gate:
            opened = await seat.open_turn(asked.question())
            task = asyncio.create_task(follow(seat, opened.asked, opened.json()["turn_id"]))
            await seat.connection.begun()
            return task

    return list(await asyncio.gather(*(one(*pair) for pair in zip(seats, wishes, strict=True))))


async def follow(seat: TurnSeat, asked: float, turn_id: str) -> Answer:
    return Answer(asked, await seat.follow(turn_id))


async def idle_load(target: Target) -> dict[str, float]:
    """How much of a core each process needs to keep the streams open."""
    before = meters.cpu(target.pids)
    await asyncio.sleep(SETTLE_SECONDS)
    return {name: (seconds - before[name]) / SETTLE_SECONDS for name, seconds in meters.cpu(target.pids).items()}
