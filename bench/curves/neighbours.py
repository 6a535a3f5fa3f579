"""What a request of one user takes while another user works in a session of so many messages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

from bench.curves.curve import CONSTANT, Curve
from bench.curves.lab import UNKNOWN, fill_history, message_id
from bench.curves.routes import Site, get
from bench.room import wish
from bench.targets.holdfast import TurnSeat, guest

ROUNDS = 10
SIZES = (100, 1000, 10_000, 80_000)
MOST = 0.05


async def neighbour(site: Site, messages: int) -> float:
    """The slowest but one in twenty of a neighbour's requests for its own small history."""
    seat = await guest(site.target.port)
    await fill_history(site.store, seat.session_id, messages)
    async with neighbour_asks(site) as seconds:
        for number in range(ROUNDS):
            await read(seat, messages)
            await ask(seat, message_id(messages - 2 * number - 2))
            await ask(seat, f"{messages // 2}-{UNKNOWN}")
        await ask(seat, message_id(0))
        await seat.connection.send("DELETE", f"/api/chat/sessions/{seat.session_id}", headers=seat.user)
    seat.close()
    return sorted(seconds)[-len(seconds) // 20]


@asynccontextmanager
async def neighbour_asks(site: Site) -> AsyncIterator[list[float]]:
    """While it is open another user asks again and again; the list gets the seconds of each request."""
    seat = await guest(site.target.port)
    await fill_history(site.store, seat.session_id, 20)
    seconds: list[float] = []

    async def ask_on() -> None:
        while True:
            began = perf_counter()
            await get(seat, f"/chat/history?session_id={seat.session_id}")
            seconds.append(perf_counter() - began)

    asking = asyncio.create_task(ask_on())
    try:
        yield seconds
    finally:
        asking.cancel()
        await asyncio.wait([asking])
        seat.close()


async def read(seat: TurnSeat, messages: int) -> None:
    """The newest page, and one from the middle."""
    path = f"/chat/history?session_id={seat.session_id}"
    await get(seat, path)
    await get(seat, f"{path}&before={message_id(messages // 2)}")


async def ask(seat: TurnSeat, replaced: str) -> None:
    """A question in place of the message and of all after it; refused where there is no such message."""
    body = {"session_id": seat.session_id, "message": wish(3, delay=0).question(), "replace_from": replaced}
    opened = await seat.connection.send("POST", "/api/chat/turns", body, seat.user)
    if opened.status < 300:
        await seat.follow(opened.json()["turn_id"])


CURVES: list[Curve[Site]] = [
    Curve("a neighbour's request", "messages of another user's session", CONSTANT, neighbour, SIZES, MOST),
]
