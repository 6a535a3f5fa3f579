"""Fixtures of the integration tests."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from arq.connections import ArqRedis
from redis.asyncio import Redis

from chat import jobs, keys
from chat.sessions import Sessions
from chat.store import pool
from launcher import ports, valkey
from tests.support.chat_fixture import SETTINGS, USER, ChatFixture
from tests.support.client import Client
from tests.support.databases import STORE, client_of, database, numbered, queue_of
from tests.support.flushing import RecordingLog, flushing
from tests.support.processes import start
from tests.support.stack import Stack, environment, ready, stopped
from tests.support.web_tier import WebTier, run_pair, run_web_tier
from tests.support.workers import Jobs
from worker.output.flusher import Flusher


@pytest.fixture
async def chat(store: Redis) -> ChatFixture:
    session = await Sessions(store, SETTINGS).create(USER, "assistant")
    return ChatFixture(store, session.session_id)


@pytest.fixture(scope="session")
def unshared_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Valkey that no process but the test uses, so that its statistics count the test's commands alone."""
    with valkey.running(tmp_path_factory.mktemp("unshared")) as url:
        yield url


@pytest.fixture
async def counted_chat(unshared_url: str) -> AsyncIterator[ChatFixture]:
    """A session whose store counts the test's commands alone."""
    async with client_of(unshared_url) as store:
        await store.flushall()
        session = await Sessions(store, SETTINGS).create(USER, "assistant")
        yield ChatFixture(store, session.session_id)


@pytest.fixture
def recording_log(store: Redis) -> RecordingLog:
    return RecordingLog(store)


@pytest.fixture
async def flusher(recording_log: RecordingLog) -> AsyncIterator[Flusher]:
    """A running flusher that writes to `recording_log`."""
    async with flushing(recording_log) as made:
        yield made


@pytest.fixture
def done() -> Jobs:
    return Jobs()


@pytest.fixture
def queue_url(redis_url: str, store: Redis) -> str:
    """The URL of the database of `store`."""
    return numbered(redis_url, STORE)


@pytest.fixture
async def queue_store(redis_url: str, store: Redis) -> AsyncIterator[Redis]:
    """A client of the queue's store that belongs to `store`: the same database, unless that is of a Cluster."""
    async with client_of(queue_of(numbered(redis_url, STORE))) as client:
        yield client


@pytest.fixture
async def queue(queue_url: str) -> AsyncIterator[ArqRedis]:
    client = ArqRedis(pool(queue_url, text=False), job_serializer=jobs.encode, default_queue_name=keys.QUEUE)
    yield client
    await client.aclose(close_connection_pool=True)


@pytest.fixture
async def hasty(stack: Stack, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Stack]:
    """The shared stack with an API of its own whose timeouts are one second. The parameter, if given, is AUTH_MODE."""
    auth_mode = getattr(request, "param", "trust")
    port, log = ports.free(), tmp_path / "hasty.log"
    env = {**environment(stack.redis_url, stack.model.url, {"auth_mode": auth_mode}), "PORT": str(port)}
    process = await start("tests.support.hasty_api", env, log)
    try:
        url = f"http://127.0.0.1:{port}"
        await ready(url, log)
        yield replace(stack, urls=[url], log=log)
    finally:
        await stopped([process])


@pytest.fixture(scope="package")
async def pair(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A stack with two APIs for use behind the web tier."""
    async with run_pair(database(redis_url), tmp_path_factory.mktemp("pair")) as running:
        yield running


@pytest.fixture(scope="package")
async def tier(pair: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WebTier]:
    """The web tier in front of the pair."""
    async with run_web_tier(tmp_path_factory.mktemp("tier"), pair.urls) as running:
        yield running


@pytest.fixture
async def visitor(tier: WebTier) -> AsyncIterator[Client]:
    """A guest whose requests go through the web tier."""
    async with tier.client() as client:
        yield client
