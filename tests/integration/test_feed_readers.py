"""The feed and its readers on a real pub/sub connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from redis.asyncio import Redis

from api.health.metrics import Metrics
from api.streaming.feed import BUFFERED_FRAMES, IDLE_SECONDS, Feed, Reader
from api.streaming.sse import Frame, frame_of
from chat import keys
from chat.event_log import Entry
from chat.events import Chunk
from chat.store import connect_pubsub
from tests.support.waiting import PATIENCE

TURN = "5f0c1d3e-8a4b-4c7d-9e2f-1a2b3c4d5e6f.1"


@pytest.fixture
async def feed(store: Redis, redis_url: str) -> AsyncIterator[Feed]:
    async with connect_pubsub(redis_url) as pubsub:
        feed = Feed(pubsub, store, Metrics())
        running = asyncio.create_task(feed.run())
        yield feed
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def wait_for_news(reader: Reader) -> None:
    """Wait until the reader has something to take."""
    async with asyncio.timeout(PATIENCE):
        await reader.wait()


async def received(reader: Reader, count: int = 1) -> list[Frame]:
    """The next `count` live entries of the reader."""
    found: list[Frame] = []
    while len(found) < count:
        await wait_for_news(reader)
        found += reader.take()[0]
    return found


async def test_a_reader_receives_what_is_published_after_it_joined(store: Redis, feed: Feed) -> None:
    async with feed.reader(TURN) as reader:
        assert reader.take() == ([], "opened")
        await store.publish(keys.turn(TURN), '7:{"type":"chunk","content":"x"}')
        assert await received(reader) == [frame_of(TURN, Entry.of(7, Chunk("x")))]


async def test_a_reader_that_joins_as_the_last_one_leaves_gets_events(store: Redis, feed: Feed) -> None:
    for _ in range(20):
        async with feed.reader(TURN):
            pass
        async with feed.reader(TURN) as reader:
            async with feed.reader(TURN + "1"):  # makes the feed update its subscriptions
                reader.take()
            await store.publish(keys.turn(TURN), "1:{}")
            assert await received(reader) == [frame_of(TURN, Entry(1, "", "{}"))]


async def test_a_new_connection_marks_a_gap_for_every_reader(store: Redis, feed: Feed) -> None:
    async with feed.reader(TURN) as reader:
        reader.take()
        await store.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await wait_for_news(reader)
        assert reader.take() == ([], "reconnected")


async def test_a_change_without_an_event_makes_readers_read_the_log(store: Redis, feed: Feed) -> None:
    async with feed.reader(TURN) as reader:
        reader.take()
        await store.publish(keys.turn(TURN), "0:")
        await wait_for_news(reader)
        assert reader.take() == ([], "changed")


async def test_closing_the_feed_wakes_every_reader(feed: Feed) -> None:
    async with feed.reader(TURN) as reader:
        reader.take()
        feed.close()
        await wait_for_news(reader)
        assert feed.is_closing


async def test_a_reader_over_its_buffer_limit_reports_an_overflow() -> None:
    reader = Reader()
    reader.take()
    for seq in range(1, BUFFERED_FRAMES + 2):
        reader.push(frame_of(TURN, Entry(seq, "", "{}")))
    assert reader.take() == ([], "overflow")


async def test_a_reader_without_events_for_long_reads_the_log() -> None:
    reader = Reader()
    reader.take()
    for _ in range(IDLE_SECONDS):
        reader.tick()
        assert reader.take() == ([], None)
    reader.tick()
    assert reader.take() == ([], "idle")
    reader.tick()
    assert reader.take() == ([], None)
