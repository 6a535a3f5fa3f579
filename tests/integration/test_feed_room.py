"""The feed and its readers, on a real pub/sub connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from redis.asyncio import Redis

from api.feed import BUFFERED_ENTRIES, Feed, Reader
from chat import keys
from chat.log import Entry
from chat.store import connect_pubsub

TURN = "5f0c1d3e-8a4b-4c7d-9e2f-1a2b3c4d5e6f.1"


@pytest.fixture
async def feed(store: Redis, redis_url: str) -> AsyncIterator[Feed]:
    async with connect_pubsub(redis_url) as pubsub:
        feed = Feed(pubsub, store)
        running = asyncio.create_task(feed.run())
        yield feed
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def heard(reader: Reader, count: int = 1) -> list[Entry]:
    """The next `count` entries that reach the reader live."""
    found: list[Entry] = []
    while len(found) < count:
        assert await reader.wait(5)
        found += reader.take()[0]
    return found


async def test_a_reader_hears_what_is_published_after_it_came(store: Redis, feed: Feed) -> None:
    async with feed.reader(TURN) as reader:
        assert reader.take() == ([], True)
        await store.publish(keys.turn(TURN), '7:{"type":"chunk","content":"x"}')
        assert await heard(reader) == [Entry(7, '{"type":"chunk","content":"x"}')]


async def test_a_reader_that_comes_just_as_the_last_one_leaves_is_not_deaf(store: Redis, feed: Feed) -> None:
    for _ in range(20):
        async with feed.reader(TURN):
            pass
        async with feed.reader(TURN) as reader:
            async with feed.reader(TURN + "1"):  # makes the feed settle who it listens to
                reader.take()
            await store.publish(keys.turn(TURN), "1:{}")
            assert await heard(reader) == [Entry(1, "{}")]


async def test_a_new_connection_tells_every_reader_that_something_may_be_missing(store: Redis, feed: Feed) -> None:
    async with feed.reader(TURN) as reader:
        reader.take()
        await store.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        assert await reader.wait(5)
        assert reader.take() == ([], True)


async def test_a_change_without_an_event_makes_readers_look_into_the_log(store: Redis, feed: Feed) -> None:
    async with feed.reader(TURN) as reader:
        reader.take()
        await store.publish(keys.turn(TURN), "0:")
        assert await reader.wait(5)
        assert reader.take() == ([], True)


async def test_closing_stirs_every_reader(feed: Feed) -> None:
    async with feed.reader(TURN) as reader:
        reader.take()
        feed.close()
        assert await reader.wait(5)
        assert feed.is_closing


def test_a_reader_never_holds_more_than_its_buffer() -> None:
    reader = Reader()
    reader.take()
    for seq in range(1, BUFFERED_ENTRIES + 2):
        reader.push(Entry(seq, "{}"))
    assert reader.take() == ([], True)
