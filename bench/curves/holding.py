"""Measures how long entry command holds the store: at most `MOST` seconds at any size."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from redis.asyncio import Redis

from bench.curves.curve import CONSTANT, LINEAR, Curve
from bench.curves.lab import TEXT, UNKNOWN, USER, Lab, fill_history, message_id
from chat import keys
from chat.errors import UnknownMessage

MOST = 0.005
NOISE = 0.001
"""Seconds that the longest of many commands may take by chance. Growth below them does not count."""

TRIALS = 2
MESSAGES = (100, 1000, 10_000, 80_000)
RECORDS = (100, 1000, 10_000, 100_000)
TURNS = (100, 1000, 18_000)
BATCH = 1000
OWN_COMMANDS = (b"SLOWLOG", b"CONFIG")
"""Commands of the measurement itself."""


async def longest(store: Redis, call: Callable[[], Awaitable[object]]) -> float:
    """Returns the seconds of the longest command or script of a call, at least `NOISE`."""
    await store.config_set("slowlog-max-len", 10_000)
    await store.config_set("slowlog-log-slower-than", 0)
    await store.slowlog_reset()
    await call()
    entries = await store.slowlog_get(10_000)
    await store.config_set("slowlog-log-slower-than", -1)
    found = [entry for entry in entries if not bytes(entry["command"]).upper().startswith(OWN_COMMANDS)]
    return max(NOISE, *(float(entry["duration"]) / 1e6 for entry in found))


def replacing(message: Callable[[int], str], text: str = TEXT * 10) -> Callable[[Lab, int], Awaitable[float]]:
    """Returns the cost of a further version of the message `message(count)` in a session of `count` messages."""

    async def cost(lab: Lab, messages: int) -> float:
        found = list[float]()
        for _ in range(TRIALS):
            session_id = await lab.session()
            await fill_history(lab.store, session_id, messages, text)

            async def call(session_id: str = session_id) -> None:
                with suppress(UnknownMessage):
                    await lab.turn(session_id, "other", message(messages))

            found.append(await longest(lab.store, call))
            await lab.store.flushdb()
        return min(found)

    return cost


def removing(step: Callable[[Lab, str], Awaitable[object]], *, records: bool) -> Callable[[Lab, int], Awaitable[float]]:
    """Returns the cost of removing a session with `count` idempotency records or ended turns."""

    async def cost(lab: Lab, count: int) -> float:
        found = list[float]()
        for _ in range(TRIALS):
            session_id = await lab.session(100)
            await lab.turns.cancel(USER, await lab.turn(session_id))
            await (fill_records if records else fill_turns)(lab.store, session_id, count)
            found.append(await longest(lab.store, partial(step, lab, session_id)))
            await lab.store.flushdb()
        return min(found)

    return cost


async def fill_records(store: Redis, session_id: str, count: int) -> None:
    """Writes idempotency records in the format of `open.lua`."""
    names, times = keys.idempotency(session_id), keys.idempotency_times(session_id)
    for first in range(0, count, BATCH):
        async with store.pipeline(transaction=False) as pipe:
            for number in range(first, min(first + BATCH, count)):
                name = keys.digest(str(number))
                pipe.hset(names, name, f"{session_id}.{number + 1} {name} 1795000000.000000")
                pipe.zadd(times, {name: 9e9, f"turn:{number + 1}": 9e9})
            await pipe.execute()


async def fill_turns(store: Redis, session_id: str, count: int) -> None:
    """Writes ended turns that have not expired, each with a log."""
    for first in range(0, count, BATCH):
        async with store.pipeline(transaction=False) as pipe:
            for number in range(first + 1, min(first + BATCH, count) + 1):
                turn_id = f"{session_id}.{number}"
                pipe.hset(keys.turn(turn_id), mapping={"state": "done", "seq": 3, "question": message_id(number)})
                for seq in (1, 2, 3):
                    pipe.xadd(keys.log(turn_id), {"e": TEXT * 3, "k": "chunk"}, id=f"{seq}-0")
                pipe.zadd(keys.turns(session_id), {turn_id: 9e9 + number})
            await pipe.execute()


async def take_over_text(lab: Lab, characters: int) -> float:
    """Returns the cost of taking over 10 messages of 0.1.0, whose id is not their first field."""
    session_id = await lab.session()
    place = f'"timestamp":1.5,"id":"%s","turn_id":"{session_id}.1"'
    messages = [f'{{"role":"user","content":"{"x" * characters}",{place % f"{number:032x}"}}}' for number in range(10)]
    await lab.store.execute_command("RPUSH", keys.messages(session_id), *messages)
    return await longest(lab.store, partial(lab.sessions.history, USER, session_id, 1))


async def take_over_many(lab: Lab, messages: int) -> float:
    """Returns the cost of taking over a session of 0.1.0."""
    session_id = await lab.session()
    return await longest(lab.store, partial(fill_history, lab.store, session_id, messages))


async def remove_all(lab: Lab, messages: int) -> float:
    """Returns the cost of removing the first question with all that follows it."""
    session_id = await lab.session(messages)
    return await longest(lab.store, partial(lab.sessions.branches.remove, USER, session_id, message_id(0)))


async def delete(lab: Lab, session_id: str) -> None:
    await lab.sessions.delete(USER, session_id)


async def clear(lab: Lab, session_id: str) -> None:
    await lab.sessions.clear(USER, session_id)


async def ask(lab: Lab, messages: int) -> float:
    """Returns the cost of a question in a session of `messages` messages, whose bytes are measured."""
    return min([await longest(lab.store, partial(lab.turn, await lab.session(messages))) for _ in range(TRIALS)])


def holding(title: str, grows: str, cost: Callable[[Lab, int], Awaitable[float]], sizes: tuple[int, ...]) -> Curve[Lab]:
    return Curve(f"hold the store: {title}", grows, CONSTANT, cost, sizes, MOST)


CURVES: list[Curve[Lab]] = [
    holding("edit an unknown message", "messages", replacing(lambda _: UNKNOWN), MESSAGES),
    holding("edit the newest message", "messages", replacing(lambda count: message_id(count - 1)), MESSAGES),
    holding("edit the first, 3 KB each", "messages", replacing(lambda _: message_id(0), TEXT * 48), MESSAGES),
    holding("delete the first message", "messages that go", remove_all, MESSAGES),
    holding("take a session of 0.1.0 over", "messages", take_over_many, MESSAGES),
    Curve(
        "hold the store: take messages of 0.1.0 over",
        "characters of a message",
        LINEAR,
        take_over_text,
        (1000, 10_000, 100_000, 1_000_000),
        MOST,
    ),
    holding("ask, and measure the session", "messages", ask, MESSAGES),
    holding("delete a session", "idempotency records", removing(delete, records=True), RECORDS),
    holding("delete a session", "turns", removing(delete, records=False), TURNS),
    holding("clear a session", "turns", removing(clear, records=False), TURNS),
]
