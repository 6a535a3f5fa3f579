"""Watches a worker's heartbeat, the renewal of its leases."""

import asyncio
from time import monotonic

from chat.claims import SILENT_LEASES
from chat.settings import Settings
from chat.store import RedisError, connect
from chat.store.write_probe import probe_writes
from chat.watchdog import Sign, Watchdog
from worker.jobs.lease import LeasedWorker

PROBE_SECONDS = 3.0
"""How long the queue's store may take for a write; then it counts as away."""


def watch(watchdog: Watchdog, worker: LeasedWorker, settings: Settings) -> None:
    """Has the watchdog end the worker if it renews no leases although the queue's store takes writes."""
    silence = SILENT_LEASES * settings.lease_seconds
    watchdog.watch(
        Sign(
            "heartbeat_missing",
            max(watchdog.limit, silence) if watchdog.limit else 0,
            lambda: worker.renewed_at or monotonic(),  # a worker that leaves renews nothing, and is not silent
            lambda: not takes_writes(settings.queue_url),
        )
    )


def takes_writes(url: str) -> bool:
    """Whether the store takes a write. Blocks for some seconds, so it is called in a thread without an event loop."""
    try:
        asyncio.run(_write(url))
    except (RedisError, OSError):  # `TimeoutError` is an `OSError`
        return False
    return True


async def _write(url: str) -> None:
    async with asyncio.timeout(PROBE_SECONDS), connect(url) as store:
        await probe_writes(store)
