"""Measures reading a page at any position of a long history."""

from collections.abc import Awaitable, Callable
from functools import partial

from bench.curves.curve import CONSTANT, Curve
from bench.curves.lab import BATCH, TEXT, USER, Lab, best
from chat import keys
from chat.matching import Query

SIZES = (100, 1000, 10_000, 80_000)
SCRIPT_SECONDS = 0.005
NOISE_SECONDS = 0.001
"""Shorter times count as equal, because finding a position in a long list takes microseconds."""


def message_id(index: int) -> str:
    return f"{index}-{index:032x}"


def legacy_id(index: int) -> str:
    """Returns a message id in the format of earlier versions."""
    return f"{index:032x}"


def message(new_id: str, text: str) -> str:
    """Returns a message in the stored format."""
    return f'{{"id":"{new_id}","role":"user","content":"{text}","timestamp":1}}'


async def fill(lab: Lab, ids: list[str], text: str = TEXT * 10) -> str:
    session_id = await lab.session()
    for begin in range(0, len(ids), BATCH):
        messages = [message(one, text) for one in ids[begin : begin + BATCH]]
        await lab.store.execute_command("RPUSH", keys.messages(session_id), *messages)
    return session_id


async def middle_page(lab: Lab, count: int) -> float:
    session_id = await fill(lab, [message_id(index) for index in range(count)])
    return await best(partial(lab.sessions.history, USER, session_id, 100, message_id(count // 2)))


async def around_page(lab: Lab, count: int) -> float:
    session_id = await fill(lab, [message_id(index) for index in range(count)])
    return await best(partial(lab.sessions.history, USER, session_id, 100, around=message_id(count // 2)))


async def legacy_page(lab: Lab, count: int) -> float:
    """Reads the page before one of the newest messages, all stored by an earlier version."""
    session_id = await fill(lab, [legacy_id(index) for index in range(count)])
    return await best(partial(lab.sessions.history, USER, session_id, 100, legacy_id(count - 50)))


async def script(lab: Lab, count: int) -> float:
    """Returns the fastest of 5 scripts that read a page of 100 messages in the middle."""
    session_id = await fill(lab, [message_id(index) for index in range(count)])
    return await fastest_script(lab, partial(lab.sessions.history, USER, session_id, 100, message_id(count // 2)))


async def scan_script(lab: Lab, count: int) -> float:
    """Returns the fastest script of 5 searches, each of which reads up to 100 messages."""
    session_id = await fill(lab, [message_id(index) for index in range(count)])
    await lab.sessions.history(USER, session_id, 1)
    return await fastest_script(lab, partial(lab.search.find, USER, Query.parse("absent"), 20))


async def fastest_script(lab: Lab, call: Callable[[], Awaitable[object]]) -> float:
    """Returns the seconds of the fastest script in 5 calls, by Redis' slow log."""
    await call()  # takes messages of an earlier version over
    await lab.store.config_set("slowlog-log-slower-than", 0)
    await lab.store.slowlog_reset()
    for _ in range(5):
        await call()
    calls = await lab.store.slowlog_get(1000)
    await lab.store.config_set("slowlog-log-slower-than", 10_000)
    return max(min(float(call["duration"]) for call in calls if b"EVALSHA" in call["command"]) / 1e6, NOISE_SECONDS)


CURVES: list[Curve[Lab]] = [
    Curve("read a page in the middle", "messages in the history", CONSTANT, middle_page, SIZES[:-1]),
    Curve("read a page around a message", "messages in the history", CONSTANT, around_page, SIZES[:-1]),
    Curve("read a page of an earlier version", "messages in the history", CONSTANT, legacy_page, SIZES),
    Curve("script: a page in the middle", "messages in the history", CONSTANT, script, SIZES, SCRIPT_SECONDS),
    Curve("script: a read of a search", "messages in the history", CONSTANT, scan_script, SIZES, SCRIPT_SECONDS),
]
