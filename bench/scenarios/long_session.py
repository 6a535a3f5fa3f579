"""A session with a long past, beside a new one."""

import asyncio
from time import monotonic, time
from typing import Any

from redis.asyncio import Redis

from bench.figures import Figures, Tally, percentile
from bench.room import Room, wish
from bench.targets.base import Target
from bench.targets.holdfast import TurnSeat, guest
from chat import keys
from chat.messages import Message

MESSAGES = 2000
TURNS = 20


async def long_session(room: Room, target: Target) -> Figures:
    old, new = await guest(target.port), await guest(target.port)
    await fill(target.redis_url, old.session_id)
    tally, beside = Tally(), Tally()
    for _ in range(TURNS):
        await one_turn(room, target, old, tally)
        await one_turn(room, target, new, beside)
    reads = [await history(old) for _ in range(TURNS)]
    old.close()
    new.close()
    return {
        **tally.figures(),
        "first_token_new_session_p50": percentile(beside.first_tokens, 50),
        "history_ms_p50": percentile([seconds * 1000 for seconds, _ in reads], 50),
        "history_messages": reads[-1][1],
    }


async def one_turn(room: Room, target: Target, seat: TurnSeat, tally: Tally) -> None:
    asked = wish(20, rate=100, delay=0.05)
    answers = await seat.ask(asked.question())
    tally.count(asked, answers, (await room.sent([asked]))[0], target.take)


async def fill(redis_url: str, session_id: str) -> None:
    """Write a past of questions and replies of some 1,000 characters, in the form that the product stores."""
    async with Redis.from_url(redis_url) as store:
        pair: list[Any] = ["user", "assistant"]
        past = [
            Message(role=pair[place % 2], content="".join(wish(200).pieces()), timestamp=time()).to_json()
            for place in range(MESSAGES)
        ]
        await store.rpush(keys.messages(session_id), *past)


async def history(seat: TurnSeat) -> tuple[float, int]:
    """How long it takes to read, in seconds, and how many messages there are."""
    await asyncio.sleep(0.02)
    started = monotonic()
    response = await seat.connection.send("GET", f"/api/chat/history?session_id={seat.session_id}", headers=seat.user)
    return monotonic() - started, response.json()["total"]
