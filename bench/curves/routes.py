"""Measures routes of a running Holdfast: the API's CPU time, or the time of a request."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter

from redis.asyncio import Redis

from bench import meters
from bench.client import Connection
from bench.curves.curve import CONSTANT, LINEAR, Curve
from bench.curves.lab import best, fill_history, fill_log
from bench.room import Room, wish
from bench.targets.base import Target
from bench.targets.holdfast import TurnReader, new_guest
from chat import keys
from chat.store import connect


@dataclass(frozen=True)
class Site:
    room: Room
    target: Target
    store: Redis


@asynccontextmanager
async def open_site(room: Room) -> AsyncIterator[Site]:
    (target,) = room.targets
    async with connect(target.redis_url) as store:
        yield Site(room, target, store)


async def get(owner: TurnReader, path: str) -> None:
    response = await owner.connection.send("GET", f"/api{path}", headers=owner.user)
    if response.status != 200 or response.broken:
        raise ConnectionError(f"{path}: {response.status}")


async def history(site: Site, messages: int) -> float:
    owner = await new_guest(site.target.port)
    await fill_history(site.store, owner.session_id, messages)
    return await best(lambda: get(owner, f"/chat/history?session_id={owner.session_id}"), 5)


async def catch_up(site: Site, entries: int) -> float:
    """Measures until a late reader of a running turn has the text so far."""
    await site.room.hold()
    owner = await new_guest(site.target.port)
    turn_id = (await owner.open_turn(wish(3, held=True).question())).json()["turn_id"]
    await running(site.store, turn_id)
    await fill_log(site.store, turn_id, 1, entries)
    cost = min([await first_text(site, owner, turn_id) for _ in range(5)])
    await site.room.release()
    return cost


async def first_text(site: Site, owner: TurnReader, turn_id: str) -> float:
    """Returns the seconds until a new reader of a turn has the text so far."""
    reader = TurnReader(await Connection.open(site.target.port), owner.user, owner.session_id)
    started = perf_counter()
    reading = asyncio.create_task(reader.follow(turn_id))
    await reader.connection.received(b'"chunk"')
    elapsed = perf_counter() - started
    reading.cancel()
    await asyncio.wait([reading])
    return elapsed


async def running(store: Redis, turn_id: str) -> None:
    """Waits until a worker has started the turn, so that it does not write between the filled-in entries."""
    async with asyncio.timeout(10):
        while await store.execute_command("HGET", keys.turn(turn_id), "state") != "running":  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)


async def expired(site: Site, messages: int) -> float:
    """Reads the events of the last turn of a history after its log has expired."""
    owner = await new_guest(site.target.port)
    await fill_history(site.store, owner.session_id, messages)
    turn_id = (await owner.open_turn(wish(3, delay=0).question())).json()["turn_id"]
    await owner.follow(turn_id)
    await site.store.delete(keys.turn(turn_id), keys.log(turn_id))
    return await best(lambda: get(owner, f"/chat/turns/{turn_id}/events"), 5)


async def sessions(site: Site, count: int) -> float:
    owner = await new_guest(site.target.port)
    for _ in range(count):
        await owner.connection.send("POST", "/api/chat/start", headers=owner.user)
    return await best(lambda: get(owner, "/chat/sessions?limit=10"), 5)


async def readers(site: Site, count: int) -> float:
    """Returns the API's CPU time per event of one turn with `count` readers."""
    await site.room.hold()
    owner = await new_guest(site.target.port)
    turn_id = (await owner.open_turn(wish(60, rate=30, delay=0, held=True).question())).json()["turn_id"]
    followers = [
        TurnReader(await Connection.open(site.target.port), owner.user, owner.session_id) for _ in range(count)
    ]
    following = [asyncio.create_task(one.follow(turn_id)) for one in followers]
    await asyncio.gather(*(one.connection.head_received() for one in followers))
    before = meters.cpu_seconds(site.target.pids["api"])
    await site.room.release()
    await asyncio.gather(*following)
    used = meters.cpu_seconds(site.target.pids["api"]) - before
    for one in followers:
        one.close()
    return used / 60


CURVES: list[Curve[Site]] = [
    Curve("GET history", "messages in it", CONSTANT, history),
    Curve("GET events, late", "entries missed", LINEAR, catch_up),
    Curve("GET events, log gone", "messages in the history", CONSTANT, expired),
    Curve("GET sessions", "sessions of the user", CONSTANT, sessions, (10, 100, 1000)),
    Curve("hand out an event (API's CPU)", "readers of the turn", LINEAR, readers, (1, 10, 100, 400)),
]
