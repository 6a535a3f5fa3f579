"""What a turn takes in Redis: while it runs, after its end, and once its log is gone."""

import asyncio

from redis.asyncio import Redis

from bench.figures import Figures, Tally
from bench.room import Room, wish
from bench.targets.base import Target
from bench.targets.holdfast import TurnSeat, guest
from chat import keys
from chat.store import connect

LOG_TTL = 3
REPLIES = 10
LENGTHS = {200: 50.0, 2000: 200.0}
"""Tokens of a reply, and the tokens a second at which it comes."""

LATE = 0.95
"""The part of a reply after which a running turn is weighed."""


async def redis_memory(room: Room, target: Target) -> Figures:
    """Kilobytes per turn, everything of its session counted, and the part of each kind of key."""
    tally = Tally()
    figures: Figures = {}
    async with connect(target.redis_url) as store:
        for tokens, rate in LENGTHS.items():
            weighed = await one_length(room, target, store, tally, tokens, rate)
            figures |= {f"{tokens}_tokens_{when}": kb for when, kb in weighed.items()}
    return {**tally.counts(), **figures}


async def one_length(
    room: Room, target: Target, store: Redis, tally: Tally, tokens: int, rate: float
) -> dict[str, dict[str, float]]:
    seats = [await guest(target.port) for _ in range(REPLIES)]
    wishes = [wish(tokens, rate) for _ in seats]
    asking = [asyncio.create_task(seat.ask(asked.question())) for seat, asked in zip(seats, wishes, strict=True)]
    await asyncio.sleep(tokens / rate * LATE)
    weighed = {"running": await weigh(store, seats)}
    answers = await asyncio.gather(*asking)
    weighed["ended"] = await weigh(store, seats)
    await asyncio.sleep(LOG_TTL + 1.5)
    weighed["log_gone"] = await weigh(store, seats)
    for asked, answer, sent in zip(wishes, answers, await room.sent(wishes), strict=True):
        tally.count(asked, answer, sent, target.take)
    for seat in seats:
        seat.close()
    return weighed


async def weigh(store: Redis, seats: list[TurnSeat]) -> dict[str, float]:
    """Kilobytes per session, in all and of each kind of key."""
    kinds: dict[str, float] = {}
    for seat in seats:
        session = keys.session(seat.session_id)
        async for key in store.scan_iter(match=session.removesuffix("session") + "*", count=1000):
            size = await store.memory_usage(key, samples=0) or 0
            kinds[kind(key)] = kinds.get(kind(key), 0) + size / 1024 / len(seats)
    return {"all": sum(kinds.values()), **kinds}


def kind(key: str) -> str:
    """`log`, `turn`, `messages`, `session`, `turns` or `idempotency`."""
    parts = key.split("}:", 1)[1].split(":")
    return parts[-1] if parts[-1] in ("log", "messages", "session", "turns") else parts[0]
