"""A listener, and what it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis

from chat.store import connect_pubsub
from chat.store.pubsub import Listener


@asynccontextmanager
async def listening(url: str, commands: Redis, ping_seconds: float, *channels: str) -> AsyncIterator[list[str]]:
    """`+` for each subscription, else the messages, as they come."""
    told: list[str] = []
    async with connect_pubsub(url) as pubsub:
        listener = Listener(
            pubsub, commands, lambda _, data: told.append(data), lambda _: told.append("+"), ping_seconds=ping_seconds
        )
        for channel in channels:
            listener.want(channel)
        running = asyncio.create_task(listener.run())
        yield told
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
