"""Measures the longest pause of the API's event loop, as the longest of many quick requests."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bench.client import Connection
from bench.curves.curve import LINEAR, Curve
from bench.curves.lab import fill_history, fill_log
from bench.curves.routes import Site, get, running
from bench.room import wish
from bench.targets.holdfast import TurnReader, new_guest
from chat import keys
from chat.events import Chunk, encode

LIMIT_SECONDS = 0.02
READERS, FEW = 100, 10
TRIALS = 2
SIZES = (1000, 8000, 32_000)
LAST_WORDS = "and these are the last words"


@asynccontextmanager
async def probed(port: int) -> AsyncIterator[list[float]]:
    """Probes the server inside the `with` block. Afterwards the list contains the seconds of the longest answer."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.curves.probe", str(port), stdin=PIPE, stdout=PIPE
    )
    assert process.stdin
    assert process.stdout
    found: list[float] = []
    await process.stdout.readline()
    try:
        yield found
    finally:
        process.stdin.close()
        found.append(float(await process.stdout.readline()))
        await process.wait()


@asynccontextmanager
async def long_turn(site: Site, entries: int) -> AsyncIterator[tuple[TurnReader, str]]:
    """Gives a new guest with a running turn of `entries` log entries."""
    await site.room.hold()
    owner = await new_guest(site.target.port)
    turn_id = (await owner.open_turn(wish(3, held=True).question())).json()["turn_id"]
    await running(site.store, turn_id)
    await fill_log(site.store, turn_id, 1, entries - 1)
    last = encode(Chunk(content=LAST_WORDS))
    await site.store.xadd(keys.log(turn_id), {"e": last, "k": "chunk"}, id=f"{entries + 1}-0")
    await site.store.execute_command("HSET", keys.turn(turn_id), "seq", entries + 1)
    yield owner, turn_id
    await site.room.release()


async def read_all(site: Site, owner: TurnReader, turn_id: str, after: int) -> None:
    """Follows the turn until its last words arrive."""
    reader = TurnReader(await Connection.open(site.target.port), owner.user, owner.session_id)
    path = f"/api/chat/turns/{turn_id}/events?after={after}"
    reading = asyncio.create_task(reader.connection.send("GET", path, headers=owner.user))
    await reader.connection.received(LAST_WORDS.encode())
    reading.cancel()
    await asyncio.wait([reading])


def pause(readers: int, cursor: Callable[[int, int], int]) -> Callable[[Site, int], Awaitable[float]]:
    """Returns the cost of `readers` readers. The n-th starts after `cursor(n, entries)`. Cost: the longest pause."""

    async def cost(site: Site, entries: int) -> float:
        longest = []
        for _ in range(TRIALS):
            async with long_turn(site, entries) as (owner, turn_id), probed(site.target.port) as found:
                reading = []
                for number in range(readers):
                    reading.append(asyncio.create_task(read_all(site, owner, turn_id, cursor(number, entries))))
                    await asyncio.sleep(0.001)
                await asyncio.gather(*reading)
            longest += found
        return min(longest)

    return cost


def beginning(_: int, __: int) -> int:
    return 0


def own(number: int, _: int) -> int:
    return number


def unknown(_: int, entries: int) -> int:
    """Returns a cursor beyond the log, which is answered with a snapshot."""
    return entries + 1000


async def large_page(site: Site, characters: int) -> float:
    """Returns the longest pause while a page of up to 100 messages is read. A page ends at about 2 MB."""
    owner = await new_guest(site.target.port)
    await fill_history(site.store, owner.session_id, 100, "x" * characters)
    async with probed(site.target.port) as found:
        for _ in range(TRIALS):
            await get(owner, f"/chat/history?session_id={owner.session_id}&limit=100")
    return found[0]


CURVES: list[Curve[Site]] = [
    Curve("pause: a reader catches up", "entries missed", LINEAR, pause(1, beginning), SIZES, LIMIT_SECONDS),
    Curve("pause: a reader gets a snapshot", "entries in the log", LINEAR, pause(1, unknown), SIZES, LIMIT_SECONDS),
    Curve(
        "pause: a page of history",
        "characters of a message",
        LINEAR,
        large_page,
        (200, 20_000, 1_000_000),
        LIMIT_SECONDS,
    ),
    Curve("pause: 100 readers catch up", "entries missed", LINEAR, pause(READERS, beginning), SIZES, LIMIT_SECONDS),
    Curve("pause: 10 readers of 10 cursors", "entries missed", LINEAR, pause(FEW, own), SIZES, LIMIT_SECONDS),
]
