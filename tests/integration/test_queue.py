"""The queue between the API and the workers."""

from collections.abc import AsyncIterator

import pytest
from arq.constants import in_progress_key_prefix
from redis.asyncio import Redis

from chat import keys
from chat.queue import Queue
from chat.settings import Settings
from chat.store import Script, connect
from tests.support.stack import SECRET

PUTS = 300


@pytest.fixture
async def turns(queue_url: str) -> AsyncIterator[Queue]:
    async with connect(queue_url) as client:
        yield Queue(client, Settings(redis_url=queue_url, secret_key=SECRET))


async def test_a_turn_may_be_claimed_in_the_very_millisecond_it_was_queued(turns: Queue, store: Redis) -> None:
    """Else the wake-up finds nothing due, and the turn waits for the next poll."""
    claim, late = Script(store, "claim"), 0
    for number in range(PUTS):
        await turns.put(f"turn-{number}")
        late += not await claim([keys.QUEUE, keys.LAST_CLAIM], 10, 600_000, in_progress_key_prefix)
    assert late == 0


async def test_a_turn_is_queued_once_and_keeps_its_place(turns: Queue) -> None:
    for turn_id in ("first", "second", "first"):
        await turns.put(turn_id)
    assert [await turns.position(turn_id) for turn_id in ("first", "second", "third")] == [0, 1, None]
    assert await turns.depth() == 2


async def test_running_turns_are_not_counted_as_waiting(turns: Queue, store: Redis) -> None:
    for turn_id in ("first", "second", "third"):
        await turns.put(turn_id)
    await Script(store, "claim")([keys.QUEUE, keys.LAST_CLAIM], 2, 600_000, in_progress_key_prefix)
    assert await turns.depth() == 1


async def test_a_queued_turn_wakes_whoever_listens(turns: Queue, store: Redis) -> None:
    async with store.pubsub() as pubsub:
        await pubsub.subscribe(keys.WAKE)
        await pubsub.get_message(timeout=5)
        await turns.put("first")
        message = await pubsub.get_message(timeout=5)
    assert message["type"] == "message"
