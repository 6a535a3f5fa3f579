"""Starts a Valkey with the product's classes on it, and fills it with data."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from redis.asyncio import Redis

from bench.processes import running_valkey
from chat import keys
from chat.event_log import TurnLog
from chat.events import Chunk, encode
from chat.messages import Message
from chat.questions import Question
from chat.queue import Queue
from chat.search import Search
from chat.sessions import Sessions
from chat.settings import Settings
from chat.store import connect
from chat.takeover import take_over
from chat.turns import Turns

USER = "user"
TEXT = "a sentence as people say it, some sixty characters in length. "
BATCH = 1000
UNKNOWN = "f" * 32
"""An id that no message has."""

START_SEQ = 1
"""The `seq` of the first event of a log, `start`."""

SETTINGS = Settings(
    _env_file=None,
    max_history_messages=0,
    max_active_turns_per_user=0,
    max_sessions_per_user=0,
    max_bytes_per_user=0,
)
Item = TypeVar("Item")


@dataclass(frozen=True)
class Lab:
    """A store, and the product's classes without limits, so that data can grow."""

    store: Redis
    sessions: Sessions
    turns: Turns
    log: TurnLog
    queue: Queue
    search: Search

    async def session(self, messages: int = 0) -> str:
        """Creates a session with `messages` messages. Returns its id."""
        session_id = (await self.sessions.create(USER, "assistant")).session_id
        await fill_history(self.store, session_id, messages)
        return session_id

    async def turn(self, session_id: str, message: str | None = TEXT, replace_from: str | None = None) -> str:
        question = Question(session_id, "assistant", "mock", message, replace_from)
        return (await self.turns.open(USER, question, 0)).turn_id

    async def running(self, session_id: str, entries: int = 0) -> tuple[str, int]:
        """Starts a turn with claim token "1" and `entries` deltas in its log. Returns its id and last `seq`."""
        turn_id = await self.turn(session_id)
        await self.turns.begin(turn_id, "1")
        await fill_log(self.store, turn_id, START_SEQ, entries)
        return turn_id, START_SEQ + entries


def stores(store: Redis) -> Lab:
    return Lab(
        store=store,
        sessions=Sessions(store, SETTINGS),
        turns=Turns(store, SETTINGS),
        log=TurnLog(store),
        queue=Queue(store, SETTINGS),
        search=Search(store, SETTINGS),
    )


@asynccontextmanager
async def open_lab(folder: Path) -> AsyncIterator[Lab]:
    async with running_valkey(folder) as (url, _), connect(url) as store:
        yield stores(store)


async def fill_history(store: Redis, session_id: str, count: int, text: str = TEXT * 10) -> None:
    """Stores messages with the ids `message_id(0)`, `message_id(1)` …, two for each turn.

    They are written as 0.1.0 wrote them, and taken over.
    """
    messages = (
        Message(
            id=message_id(index),
            role="assistant" if index % 2 else "user",
            content=text,
            turn_id=f"{session_id}.{index // 2 + 1}",
        ).to_json()
        for index in range(count)
    )
    await _in_batches(messages, lambda batch: store.execute_command("RPUSH", keys.messages(session_id), *batch))
    await take_over(store, SETTINGS, session_id)


def message_id(index: int) -> str:
    return f"{index}-{index:032x}"


async def fill_log(store: Redis, turn_id: str, seq: int, count: int) -> None:
    """Writes `count` deltas after `seq`, in the worker's format."""
    event = encode(Chunk(content="some words "))

    async def add(batch: list[int]) -> None:
        async with store.pipeline(transaction=False) as pipe:
            for number in batch:
                pipe.xadd(keys.log(turn_id), {"e": event, "k": "chunk"}, id=f"{number}-0")
            await pipe.execute()

    await _in_batches(range(seq + 1, seq + count + 1), add)
    await store.execute_command("HSET", keys.turn(turn_id), "seq", seq + count)


async def _in_batches(items: Iterable[Item], send: Callable[[list[Item]], Awaitable[object]]) -> None:
    batch: list[Item] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            await send(batch)
            batch = []
    if batch:
        await send(batch)


async def best(call: Callable[[], Awaitable[object]], times: int = 15) -> float:
    """Returns the seconds of the fastest of `times` calls, because noise only adds time."""
    found = float("inf")
    for _ in range(times):
        started = perf_counter()
        await call()
        found = min(found, perf_counter() - started)
    return found


async def best_of(trials: Iterable[Callable[[], Awaitable[object]]]) -> float:
    """Like `best`, for calls that can run only once."""
    return min([await best(trial, 1) for trial in trials])
