"""Measures reads of logs, histories and session lists, and the deletion of a session."""

from functools import partial

from bench.curves.curve import CONSTANT, LINEAR, Curve
from bench.curves.lab import USER, Lab, best, best_of
from chat import keys
from chat.event_log import Entry
from chat.events import Chunk
from chat.matching import Query
from chat.replay import merge, text_of


async def whole_log(lab: Lab, entries: int) -> float:
    turn_id, _ = await lab.running(await lab.session(), entries)
    return await best(lambda: lab.log.read(turn_id, 0), 5)


async def logs_end(lab: Lab, entries: int) -> float:
    turn_id, seq = await lab.running(await lab.session(), entries)
    return await best(lambda: lab.log.read(turn_id, seq - 1))


async def merging(_: Lab, entries: int) -> float:
    log = _entries(entries)

    async def call() -> None:
        merge(log)

    return await best(call, 5)


async def whole_text(_: Lab, entries: int) -> float:
    log = _entries(entries)

    async def call() -> None:
        text_of(log)

    return await best(call, 5)


def _entries(count: int) -> list[Entry]:
    return [Entry.of(number, Chunk("some words ")) for number in range(1, count + 1)]


async def history(lab: Lab, messages: int) -> float:
    session_id = await lab.session(messages)
    return await best(lambda: lab.sessions.history(USER, session_id), 5)


async def context(lab: Lab, messages: int) -> float:
    """Reads the newest messages, as for a prompt."""
    session_id = await lab.session(messages)
    return await best(lambda: lab.sessions.history(USER, session_id, 11))


async def early_reply(lab: Lab, messages: int) -> float:
    """Reads the reply of a session's first turn, as for a reader whose log has expired."""
    session_id = await lab.session(messages)
    return await best(lambda: lab.sessions.reply(f"{session_id}.1"))


async def page(lab: Lab, count: int) -> float:
    user = await _with_sessions(lab, count)
    return await best(lambda: lab.sessions.page(user, 10, 0))


async def last_page(lab: Lab, count: int) -> float:
    user = await _with_sessions(lab, count)
    return await best(lambda: lab.sessions.page(user, 10, count - 10))


async def _with_sessions(lab: Lab, count: int) -> str:
    user = f"user with {count}"
    if not await lab.store.exists(keys.user_sessions(user)):
        for _ in range(count):
            await lab.sessions.create(user, "assistant")
    return user


async def search(lab: Lab, messages: int) -> float:
    """Searches for a word that no message has, once."""
    session_id = await lab.session(messages)
    await lab.sessions.history(USER, session_id, 1)
    await lab.store.zadd(keys.user_sessions(f"user with {session_id}"), {session_id: 1})
    await lab.store.execute_command("HSET", keys.session(session_id), "user_id", f"user with {session_id}")
    return await best(lambda: lab.search.find(f"user with {session_id}", Query.parse("absent"), 20), 5)


async def delete(lab: Lab, turns: int) -> float:
    """Deletes a session with ended turns that have not expired."""
    sessions = [await lab.session() for _ in range(3)]
    for session_id in sessions:
        for _ in range(turns):
            await lab.turns.cancel(USER, await lab.turn(session_id))
    return await best_of(partial(lab.sessions.delete, USER, s) for s in sessions)


CURVES: list[Curve[Lab]] = [
    Curve("read a whole log", "entries in it", LINEAR, whole_log),
    Curve("read a log's last entry", "entries in it", CONSTANT, logs_end),
    Curve("merge what a reader missed", "entries", LINEAR, merging),
    Curve("make a snapshot of a log", "entries", LINEAR, whole_text),
    Curve("read a history", "messages in it", CONSTANT, history),
    Curve("read a prompt's context", "messages in the history", CONSTANT, context),
    Curve("find an early reply", "messages in the history", CONSTANT, early_reply, (100, 1000, 10_000, 80_000)),
    Curve("first page of sessions", "sessions of the user", CONSTANT, page, (10, 100, 1000, 5000)),
    Curve("last page of sessions", "sessions of the user", CONSTANT, last_page, (10, 100, 1000, 5000)),
    Curve("search once", "messages of the user", CONSTANT, search, (10, 100, 1000, 10_000, 100_000)),
    Curve("delete a session", "turns of it", LINEAR, delete, (10, 100, 1000)),
]
