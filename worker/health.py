"""`python -m worker.health`: whether a worker of this host was heard of lately; the exit code tells."""

import asyncio
import socket
import sys

from chat import keys
from chat.claims import SILENT_LEASES
from chat.settings import Settings
from chat.store import RedisError, connect

PATIENCE_SECONDS = 4.0


async def is_listed(settings: Settings, host: str) -> bool:
    """Whether the list of workers has one of this host, whose heartbeat has not run out by Redis' clock."""
    async with asyncio.timeout(PATIENCE_SECONDS), connect(settings.queue_url) as redis:
        seconds, micros = await redis.time()
        now = seconds * 1000 + micros // 1000
        latest = now + SILENT_LEASES * int(settings.lease_seconds * 1000)
        names = await redis.zrangebyscore(keys.WORKERS, now, latest)
    return any(name.startswith(f"{host}:") for name in names)


def main() -> int:
    try:
        return not asyncio.run(is_listed(Settings(), socket.gethostname()))
    except (RedisError, OSError) as error:  # TimeoutError is one
        sys.stderr.write(f"Redis does not answer ({type(error).__name__}).\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
