"""`python -m worker.health` exits with 0 if a worker of this host sent a heartbeat lately, otherwise with 1."""

import asyncio
import socket
import sys

from chat import keys
from chat.claims import SILENT_LEASES
from chat.settings import Settings
from chat.store import RedisError, connect

TIMEOUT_SECONDS = 4.0


async def is_listed(settings: Settings, host: str) -> bool:
    """Returns whether a worker of the host has a heartbeat that is not expired by Redis' clock."""
    async with asyncio.timeout(TIMEOUT_SECONDS), connect(settings.queue_url) as redis:
        seconds, micros = await redis.time()
        now = seconds * 1000 + micros // 1000
        latest = now + SILENT_LEASES * int(settings.lease_seconds * 1000)
        names = await redis.zrangebyscore(keys.WORKERS, now, latest)
    return any(name.startswith(f"{host}:") for name in names)


def main() -> int:
    try:
        return not asyncio.run(is_listed(Settings(), socket.gethostname()))
    except (RedisError, OSError) as error:  # `TimeoutError` is an `OSError`
        sys.stderr.write(f"Redis does not answer ({type(error).__name__}).\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
