"""Checks at the start of a process whether its stores can be used."""

import asyncio

from chat.settings import Settings
from chat.store.diagnosis import fault_of
from chat.store.memory import evicting


def refusal(settings: Settings) -> str | None:
    """Returns why a process must not start: a store refuses it for good, or would evict keys. Otherwise None.

    A store that is away may be back soon, so it does not prevent a start. Must be called outside of an event loop.
    """
    for name, url in stores(settings).items():
        fault = fault_of(name, url)
        if fault and fault.lasting:
            return fault.text + "\n"
    return asyncio.run(evicting(settings))


def stores(settings: Settings) -> dict[str, str]:
    """Returns the addresses of the stores, by the setting that names each."""
    data = "REDIS_URL" if settings.redis_url else "REDIS_HOST"
    return {data: settings.data_url} | (
        {"QUEUE_REDIS_URL": settings.queue_redis_url} if settings.queue_redis_url else {}
    )
