"""The slots of a user's open streams."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, suppress
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import ConnectionError, ResponseError

from api.streaming import open_streams
from api.streaming.open_streams import OpenStreams
from chat import keys
from chat.store import ScriptCall
from chat.turn_record import LOOK
from tests.support.chat_fixture import SETTINGS
from tests.support.waiting import PATIENCE, eventually

USER, SESSION = "ann", str(uuid4())


@pytest.fixture
async def streams(store: Redis, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OpenStreams]:
    monkeypatch.setattr(open_streams, "RENEW_SECONDS", 0.1)
    monkeypatch.setattr(open_streams, "LEASE_SECONDS", int(10 * PATIENCE))  # no slot becomes free by expiry
    streams = OpenStreams(store, SETTINGS)
    running = asyncio.create_task(streams.run())
    yield streams
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def slots(store: Redis) -> int:
    return int(await store.zcard(keys.streams(USER)))


async def test_a_stream_that_cannot_begin_holds_no_slot(store: Redis, streams: OpenStreams) -> None:
    await store.set("odd", "no hash")
    reserved: list[int] = []

    async def refused_after_reserving() -> bool:
        with pytest.raises(ResponseError):
            await streams.enter_and_run(USER, SESSION, ScriptCall(LOOK, ("odd", "odd"), [USER], bool))
        reserved.append(await slots(store))
        return any(reserved)

    async def none_is_left() -> bool:
        return await slots(store) == 0

    await eventually(refused_after_reserving)
    await eventually(none_is_left)


async def test_a_slot_whose_release_failed_is_released_later(
    store: Redis, streams: OpenStreams, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = await streams.enter(USER, SESSION)
    assert await slots(store) == 1
    execute, failures = Pipeline.execute, [ConnectionError("away")]

    async def away_once(pipe: Pipeline, *args: Any, **options: Any) -> list[Any]:
        if failures:
            raise failures.pop()
        return list(await execute(pipe, *args, **options))

    monkeypatch.setattr(Pipeline, "execute", away_once)
    streams.leave(slot)

    async def is_released() -> bool:
        return await slots(store) == 0

    await eventually(is_released)
    assert not failures


async def test_a_store_that_lost_the_streams_admits_no_more(store: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the streams are renewed, as after an outage longer than a lease."""
    streams = OpenStreams(store, SETTINGS.model_copy(update={"max_streams_per_user": 2}))
    with ExitStack() as stack:
        for _ in range(2):
            slot = await streams.enter(USER, SESSION)
            assert slot
            stack.enter_context(streams.held(slot))
        await store.delete(keys.streams(USER))
        assert await streams.enter(USER, SESSION) is None
        assert await streams.enter(USER, SESSION, returns=True)
        assert await streams.enter("somebody else", SESSION)
    await store.delete(keys.streams(USER))
    assert await streams.enter(USER, SESSION)
