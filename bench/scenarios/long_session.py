"""Compares a session with a long history with a new one."""

import asyncio
from time import monotonic, time
from typing import Any

from redis.asyncio import Redis

from bench.figures import Figures, Tally, percentile
from bench.room import Room, wish
from bench.targets.base import Target
from bench.targets.holdfast import TurnReader, new_guest
from chat import keys
from chat.messages import Message

MESSAGES = 2000
TURNS = 20


async def long_session(room: Room, target: Target) -> Figures:
    old, new = await new_guest(target.port), await new_guest(target.port)
    await fill(target.redis_url, old.session_id)
    tally, new_tally = Tally(), Tally()
    for _ in range(TURNS):
        await one_turn(room, target, old, tally)
        await one_turn(room, target, new, new_tally)
    reads = [await history(old) for _ in range(TURNS)]
    old.close()
    new.close()
    return {
        **tally.figures(),
        "first_token_new_session_p50": percentile(new_tally.first_tokens, 50),
        "history_ms_p50": percentile([seconds * 1000 for seconds, _ in reads], 50),
        "history_messages": reads[-1][1],
    }


async def one_turn(room: Room, target: Target, reader: TurnReader, tally: Tally) -> None:
    asked = wish(20, rate=100, delay=0.05)
    answers = await reader.ask(asked.question())
    tally.count(asked, answers, (await room.sent([asked]))[0], target.take)


async def fill(redis_url: str, session_id: str) -> None:
    """Stores questions and replies of about 1,000 characters in the product's format."""
    async with Redis.from_url(redis_url) as store:
        pair: list[Any] = ["user", "assistant"]
        messages = [
            Message(role=pair[index % 2], content="".join(wish(200).pieces()), timestamp=time()).to_json()
            for index in range(MESSAGES)
        ]
        await store.rpush(keys.messages(session_id), *messages)


async def history(reader: TurnReader) -> tuple[float, int]:
    """Reads the history. Returns the seconds that it took and the number of messages."""
    await asyncio.sleep(0.02)
    started = monotonic()
    path = f"/api/chat/history?session_id={reader.session_id}"
    response = await reader.connection.send("GET", path, headers=reader.user)
    return monotonic() - started, response.json()["total"]
