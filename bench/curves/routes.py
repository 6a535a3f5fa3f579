"""Whole routes of a running Holdfast: the API's processor time, or the time a request takes."""

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
from bench.targets.holdfast import TurnSeat, guest
from chat import keys
from chat.store import connect


@dataclass(frozen=True)
class Site:
    room: Room
    target: Target
    store: Redis

    async def asked(self) -> tuple[TurnSeat, str]:
        """A guest whose first turn is over, and the turn."""
        seat = await guest(self.target.port)
        opened = (await seat.open_turn(wish(3, delay=0).question())).json()["turn_id"]
        await seat.follow(opened)
        return seat, opened


@asynccontextmanager
async def open_site(room: Room) -> AsyncIterator[Site]:
    (target,) = room.targets
    async with connect(target.redis_url) as store:
        yield Site(room, target, store)


async def get(seat: TurnSeat, path: str) -> None:
    response = await seat.connection.send("GET", f"/api{path}", headers=seat.user)
    if response.status != 200 or response.broken:
        raise ConnectionError(f"{path}: {response.status}")


async def history(site: Site, messages: int) -> float:
    seat = await guest(site.target.port)
    await fill_history(site.store, seat.session_id, messages)
    return await best(lambda: get(seat, f"/chat/history?session_id={seat.session_id}"), 5)


async def catch_up(site: Site, entries: int) -> float:
    """The first bytes to the last of a late reader's text, in a turn that still runs."""
    await site.room.hold()
    seat = await guest(site.target.port)
    turn_id = (await seat.open_turn(wish(3, held=True).question())).json()["turn_id"]
    await running(site.store, turn_id)
    await fill_log(site.store, turn_id, 1, entries)
    cost = min([await first_text(site, seat, turn_id) for _ in range(5)])
    await site.room.release()
    return cost


async def first_text(site: Site, seat: TurnSeat, turn_id: str) -> float:
    """Seconds until a new reader of a turn has the text that is there."""
    reader = TurnSeat(await Connection.open(site.target.port), seat.user, seat.session_id)
    started = perf_counter()
    reading = asyncio.create_task(reader.follow(turn_id))
    await reader.connection.got(b'"chunk"')
    passed = perf_counter() - started
    reading.cancel()
    await asyncio.wait([reading])
    return passed


async def running(store: Redis, turn_id: str) -> None:
    """Wait until a worker has begun the turn, so that it does not write between what is filled in."""
    async with asyncio.timeout(10):
        while await store.execute_command("HGET", keys.turn(turn_id), "state") != "running":  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.01)


async def expired(site: Site, messages: int) -> float:
    """The events of the last turn of a history, when its log is gone."""
    seat, turn_id = await site.asked()
    await fill_history(site.store, seat.session_id, messages)
    listing = keys.messages(seat.session_id)
    for _ in ("question", "reply"):
        await site.store.lmove(listing, listing, "LEFT", "RIGHT")
    await site.store.delete(keys.turn(turn_id), keys.log(turn_id))
    return await best(lambda: get(seat, f"/chat/turns/{turn_id}/events"), 5)


async def sessions(site: Site, count: int) -> float:
    seat = await guest(site.target.port)
    for _ in range(count):
        await seat.connection.send("POST", "/api/chat/start", headers=seat.user)
    return await best(lambda: get(seat, "/chat/sessions?limit=10"), 5)


async def readers(site: Site, count: int) -> float:
    """The API's processor time per event of one turn with so many readers."""
    await site.room.hold()
    seat = await guest(site.target.port)
    turn_id = (await seat.open_turn(wish(60, rate=30, delay=0, held=True).question())).json()["turn_id"]
    seats = [TurnSeat(await Connection.open(site.target.port), seat.user, seat.session_id) for _ in range(count)]
    following = [asyncio.create_task(one.follow(turn_id)) for one in seats]
    await asyncio.gather(*(one.connection.begun() for one in seats))
    before = meters.cpu_seconds(site.target.pids["api"])
    await site.room.release()
    await asyncio.gather(*following)
    used = meters.cpu_seconds(site.target.pids["api"]) - before
    for one in seats:
        one.close()
    return used / 60


CURVES: list[Curve[Site]] = [
    Curve("GET history", "messages in it", CONSTANT, history),
    Curve("GET events, late", "entries missed", LINEAR, catch_up),
    Curve("GET events, log gone", "messages in the history", CONSTANT, expired),
    Curve("GET sessions", "sessions of the user", CONSTANT, sessions, (10, 100, 1000)),
    Curve("hand out an event (API's CPU)", "readers of the turn", LINEAR, readers, (1, 10, 100, 400)),
]
