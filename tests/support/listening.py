"""Runs a pub/sub listener and records what it receives."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis

from chat.store import connect_pubsub
from chat.store.pubsub import Listener


@asynccontextmanager
async def listening(url: str, commands: Redis, ping_seconds: float, *channels: str) -> AsyncIterator[list[str]]:
    """Listen to the channels. Yields a growing list: "+" for each confirmed subscription, and each message."""
    seen: list[str] = []
    async with connect_pubsub(url) as pubsub:
        listener = Listener(
            pubsub,
            commands,
            lambda _, data: seen.append(data),
            lambda _: seen.append("+"),
            ping_seconds=ping_seconds,
        )
        for channel in channels:
            listener.want(channel)
        running = asyncio.create_task(listener.run())
        yield seen
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
