"""The pub/sub connection under a network that swallows everything."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from redis.asyncio import Redis

from chat.local import valkey
from chat.pubsub import Listener
from chat.store import connect_pubsub
from tests.support.network import Relay, relay
from tests.support.waiting import eventually

PING_SECONDS = 0.2
CHANNEL = "chat:test"


@pytest.fixture
async def link(redis_url: str) -> AsyncIterator[Relay]:
    """The way to Valkey, which a test can black-hole."""
    async with relay(int(redis_url.rpartition(":")[2].partition("/")[0])) as link:
        yield link


@pytest.fixture
async def heard(store: Redis, link: Relay) -> AsyncIterator[list[str]]:
    """What a listener over the link is told: `+` for each subscription, else the messages."""
    told: list[str] = []
    async with connect_pubsub(f"redis://127.0.0.1:{link.port}/1") as pubsub:
        listener = Listener(
            pubsub, store, lambda _, data: told.append(data), lambda _: told.append("+"), ping_seconds=PING_SECONDS
        )
        await listener.want(CHANNEL)
        running = asyncio.create_task(listener.run())
        yield told
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def told(heard: list[str], count: int) -> list[str]:
    async def enough() -> bool:
        return len(heard) >= count

    await eventually(enough)
    return heard[:count]


async def says(store: Redis, heard: list[str], message: str) -> None:
    """Publish it until it is heard: a busy machine may keep a link silent for so long that it is replaced."""

    async def is_heard() -> bool:
        await store.publish(CHANNEL, message)
        return message in heard

    await eventually(is_heard)


async def test_an_idle_link_is_kept(store: Redis, heard: list[str], link: Relay) -> None:
    """A link whose own messages went unnoticed would carry one, and be replaced."""
    assert await told(heard, 1) == ["+"]
    own = re.search(rb"chat:listener:[0-9a-f]+", link.asked[-1])
    assert own is not None
    async with store.pubsub() as beside:
        await beside.subscribe(own[0].decode())

        async def said_something_to_itself() -> bool:
            return await beside.get_message(ignore_subscribe_messages=True, timeout=1) is not None

        for _ in range(4):
            await eventually(said_something_to_itself)
    await says(store, heard, "still there")


async def test_a_link_that_swallows_everything_is_noticed_and_replaced(
    store: Redis, heard: list[str], link: Relay
) -> None:
    assert await told(heard, 1) == ["+"]
    link.swallow()
    swallowed = len(link.asked)
    await store.publish(CHANNEL, "lost")
    await says(store, heard, "heard")
    assert "lost" not in heard
    assert heard.count("+") > 1
    assert len(link.asked) > swallowed


async def test_a_server_that_is_cut_off_from_where_others_publish_is_left(store: Redis, tmp_path: Path) -> None:
    """It answers and is silent, as a primary is that was replaced without hearing of it."""
    with valkey.running(tmp_path) as lonely:
        async with relay(int(lonely.rpartition(":")[2].partition("/")[0])) as link:
            async with connect_pubsub(f"redis://127.0.0.1:{link.port}/0") as pubsub:
                listener = Listener(pubsub, store, lambda *_: None, lambda _: None, ping_seconds=PING_SECONDS)
                running = asyncio.create_task(listener.run())

                async def is_left() -> bool:
                    return len(link.asked) > 1

                await eventually(is_left)
                running.cancel()
                with suppress(asyncio.CancelledError):
                    await running


async def test_a_link_that_was_cut_is_replaced_at_once(store: Redis, heard: list[str]) -> None:
    for round_ in range(1, 5):
        assert await told(heard, round_) == ["+"] * round_
        await store.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
