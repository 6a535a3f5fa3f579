"""Measures requests of one user while another user works in a session of many messages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

from bench.curves.curve import CONSTANT, Curve
from bench.curves.lab import UNKNOWN, fill_history, message_id
from bench.curves.routes import Site, get
from bench.room import wish
from bench.targets.holdfast import TurnReader, new_guest

ROUNDS = 10
SIZES = (100, 1000, 10_000, 80_000)
MOST = 0.05


async def neighbour(site: Site, messages: int) -> float:
    """Returns the 95th percentile of another user's requests for a small history, in seconds."""
    reader = await new_guest(site.target.port)
    await fill_history(site.store, reader.session_id, messages)
    async with neighbour_requests(site) as seconds:
        for number in range(ROUNDS):
            await read(reader, messages)
            await ask(reader, message_id(messages - 2 * number - 2))
            await ask(reader, f"{messages // 2}-{UNKNOWN}")
        await ask(reader, message_id(0))
        await reader.connection.send("DELETE", f"/api/chat/sessions/{reader.session_id}", headers=reader.user)
    reader.close()
    return sorted(seconds)[-len(seconds) // 20]


@asynccontextmanager
async def neighbour_requests(site: Site) -> AsyncIterator[list[float]]:
    """Sends requests of another user inside the `with` block. The list receives the seconds of each."""
    reader = await new_guest(site.target.port)
    await fill_history(site.store, reader.session_id, 20)
    seconds: list[float] = []

    async def repeat() -> None:
        while True:
            started = perf_counter()
            await get(reader, f"/chat/history?session_id={reader.session_id}")
            seconds.append(perf_counter() - started)

    asking = asyncio.create_task(repeat())
    try:
        yield seconds
    finally:
        asking.cancel()
        await asyncio.wait([asking])
        reader.close()


async def read(reader: TurnReader, messages: int) -> None:
    """Reads the newest page of the history, and one from the middle."""
    path = f"/chat/history?session_id={reader.session_id}"
    await get(reader, path)
    await get(reader, f"{path}&before={message_id(messages // 2)}")


async def ask(reader: TurnReader, replaced: str) -> None:
    """Asks another version of a message. The API refuses an unknown message."""
    body = {"session_id": reader.session_id, "message": wish(3, delay=0).question(), "replace_from": replaced}
    opened = await reader.connection.send("POST", "/api/chat/turns", body, reader.user)
    if opened.status < 300:
        await reader.follow(opened.json()["turn_id"])


CURVES: list[Curve[Site]] = [
    Curve("a neighbour's request", "messages of another user's session", CONSTANT, neighbour, SIZES, MOST),
]
