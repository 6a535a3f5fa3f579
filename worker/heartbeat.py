"""Watches a worker's heartbeat, the renewal of its leases, and records in `HEALTH_FILE` that it is healthy."""

import asyncio
from time import monotonic

import structlog

from chat.claims import SILENT_LEASES
from chat.settings import Settings
from chat.store import RedisError, connect
from chat.store.write_probe import probe_writes
from chat.watchdog import Sign, Watchdog
from worker import health
from worker.jobs.lease import LeasedWorker

PROBE_SECONDS = 3.0
"""How long the queue's store may take for a write; then it counts as away."""

LIVE_SECONDS = 60.0
"""At least so long the event loop may be silent before a probe says that the worker has to be restarted."""

logger = structlog.get_logger(__name__)


def watch(watchdog: Watchdog, worker: LeasedWorker, settings: Settings) -> None:
    """Has the watchdog end the worker if it renews no leases although the queue's store takes writes."""
    silence = SILENT_LEASES * settings.lease_seconds
    record = HealthFile(watchdog, worker, settings)
    watchdog.watch(
        Sign(
            "heartbeat_missing",
            max(watchdog.limit, silence) if watchdog.limit else 0,
            lambda: worker.renewed_at or monotonic(),  # a worker that leaves renews nothing, and is not silent
            lambda: not takes_writes(settings.queue_url),
            record.write,
        )
    )


class HealthFile:
    """Writes `HEALTH_FILE`, if it is set. A probe that finds it outdated fails."""

    def __init__(self, watchdog: Watchdog, worker: LeasedWorker, settings: Settings) -> None:
        self._watchdog = watchdog
        self._worker = worker
        self._path = settings.health_file
        self._silence = SILENT_LEASES * settings.lease_seconds
        self._live_seconds = max(LIVE_SECONDS, 2 * watchdog.limit)  # the watchdog acts first, because it logs a stack
        self._is_writable = True

    def write(self) -> None:
        """Records until when the worker is live and ready if it gives no further sign of life."""
        if self._path is None:
            return
        live_until = self._watchdog.answered_at + self._live_seconds
        ready_until = (self._worker.renewed_at or 0.0) + self._silence
        try:
            health.record(str(self._path), live_until, ready_until)
            self._is_writable = True
        except OSError as error:
            if self._is_writable:
                logger.warning("health_file_not_written", error=type(error).__name__)
            self._is_writable = False


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
