"""Measures the memory of a turn in Redis: while it runs, after its end, and after its log has expired."""

import asyncio

from redis.asyncio import Redis

from bench.figures import Figures, Tally
from bench.room import Room, wish
from bench.targets.base import Target
from bench.targets.holdfast import TurnReader, new_guest
from chat import keys
from chat.store import connect

LOG_TTL = 3
REPLIES = 10
LENGTHS = {200: 50.0, 2000: 200.0}
"""Tokens of a reply, and tokens per second."""

LATE = 0.95
"""The part of a reply after which a running turn is measured."""


async def redis_memory(room: Room, target: Target) -> Figures:
    """Measures kilobytes per turn: all keys of its session, and each kind of key."""
    tally = Tally()
    figures: Figures = {}
    async with connect(target.redis_url) as store:
        for tokens, rate in LENGTHS.items():
            sizes = await one_length(room, target, store, tally, tokens, rate)
            figures |= {f"{tokens}_tokens_{when}": kb for when, kb in sizes.items()}
    return {**tally.counts(), **figures}


async def one_length(
    room: Room, target: Target, store: Redis, tally: Tally, tokens: int, rate: float
) -> dict[str, dict[str, float]]:
    readers = [await new_guest(target.port) for _ in range(REPLIES)]
    wishes = [wish(tokens, rate) for _ in readers]
    asking = [asyncio.create_task(reader.ask(asked.question())) for reader, asked in zip(readers, wishes, strict=True)]
    await asyncio.sleep(tokens / rate * LATE)
    sizes = {"running": await kilobytes(store, readers)}
    answers = await asyncio.gather(*asking)
    sizes["ended"] = await kilobytes(store, readers)
    await asyncio.sleep(LOG_TTL + 1.5)
    sizes["log_gone"] = await kilobytes(store, readers)
    for asked, answer, sent in zip(wishes, answers, await room.sent(wishes), strict=True):
        tally.count(asked, answer, sent, target.take)
    for reader in readers:
        reader.close()
    return sizes


async def kilobytes(store: Redis, readers: list[TurnReader]) -> dict[str, float]:
    """Returns kilobytes per session: of all keys, and of each kind of key."""
    kinds: dict[str, float] = {}
    for reader in readers:
        session = keys.session(reader.session_id)
        async for key in store.scan_iter(match=session.removesuffix("session") + "*", count=1000):
            size = await store.memory_usage(key, samples=0) or 0
            kinds[kind(key)] = kinds.get(kind(key), 0) + size / 1024 / len(readers)
    return {"all": sum(kinds.values()), **kinds}


def kind(key: str) -> str:
    """Returns the kind of a key: `log`, `turn`, `messages`, `session`, `turns` or `idempotency`."""
    parts = key.split("}:", 1)[1].split(":")
    return parts[-1] if parts[-1] in ("log", "messages", "session", "turns") else parts[0]
