"""Fixtures of the integration tests."""

from collections.abc import AsyncIterator

import pytest
from arq.connections import ArqRedis
from redis.asyncio import Redis

from chat import jobs, keys
from chat.sessions import Sessions
from chat.store import pool
from tests.support.databases import STORE, numbered
from tests.support.room import SETTINGS, USER, Room
from tests.support.workers import Jobs


@pytest.fixture
async def room(store: Redis) -> Room:
    session = await Sessions(store, SETTINGS).create(USER, "assistant")
    return Room(store, session.session_id)


@pytest.fixture
def done() -> Jobs:
    return Jobs()


@pytest.fixture
def queue_url(redis_url: str, store: Redis) -> str:
    """The database of `store`."""
    return numbered(redis_url, STORE)


@pytest.fixture
async def queue(queue_url: str) -> AsyncIterator[ArqRedis]:
    client = ArqRedis(pool(queue_url, text=False), job_serializer=jobs.encode, default_queue_name=keys.QUEUE)
    yield client
    await client.aclose(close_connection_pool=True)
