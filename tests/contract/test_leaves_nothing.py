"""A deleted session or a cleared history leaves nothing in the store, whatever the state of its turn."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from chat import keys
from tests.support.client import Client
from tests.support.databases import database, queue_of
from tests.support.keyspace import names
from tests.support.model_server import Led, echo, tell
from tests.support.stack import Stack, run_stack
from tests.support.waiting import eventually


async def keys_about(store: Redis, session_id: str) -> set[str]:
    """Returns every key whose name or content mentions the session."""
    found = set()
    for name in await names(store):
        if session_id in name or session_id in str(await _content(store, name)):
            found.add(name)
    return found


async def is_named(session_id: str, *stores: Redis) -> bool:
    """Whether a key has the session in its name. Costs less than `keys_about`, which reads every key."""
    return any(session_id in name for name in await names(*stores))


async def _content(store: Redis, name: str) -> object:
    match await store.type(name):
        case "zset":
            return await store.zrange(name, 0, -1)
        case "hash":
            return await store.execute_command("HGETALL", name)
        case "list":
            return await store.execute_command("LRANGE", name, 0, -1)
        case "set":
            return await store.execute_command("SMEMBERS", name)
        case "string":
            return await store.get(name)
        case _:
            return await store.execute_command("XRANGE", name, "-", "+")


@pytest.fixture(scope="module")
def queue_url(redis_url: str) -> str:
    return queue_of(database(redis_url))


@pytest.fixture(scope="module")
async def single_slot(redis_url: str, queue_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A stack with one worker slot and a separate database for the queue."""
    async with run_stack(
        database(redis_url),
        tmp_path_factory.mktemp("single_slot"),
        queue_redis_url=queue_url,
        worker_slots="1",
        lease_seconds="10",
    ) as stack:
        yield stack


@pytest.fixture
async def queue(queue_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(queue_url, decode_responses=True) as client:
        yield client


@pytest.fixture
async def alice(single_slot: Stack) -> AsyncIterator[Client]:
    async with single_slot.client() as client:
        yield client


async def running(single_slot: Stack, alice: Client, session_id: str, question: str) -> Led:
    """Starts a turn that is in mid-reply, after an ended one."""
    await alice.ask(session_id, "before", key="first")
    await eventually(lambda: _has(alice, session_id, 2))
    led = Led()
    single_slot.model.on(question, led, echo)
    turn_id = await alice.ask(session_id, question, key="second")
    exchange = await led.exchange()
    await exchange.say("some ")
    async with alice.events(turn_id) as response:
        assert response.status_code == 200
    return led


async def _has(alice: Client, session_id: str, messages: int) -> bool:
    return len(await alice.history(session_id)) == messages


async def test_a_session_deleted_during_a_reply_leaves_no_keys(
    single_slot: Stack, queue: Redis, alice: Client, question: str
) -> None:
    session_id = await alice.start()
    led = await running(single_slot, alice, session_id, question)
    assert await keys_about(single_slot.store, session_id)
    assert await keys_about(queue, session_id)
    assert (await alice.http.delete(f"/chat/session/{session_id}")).status_code == 200
    assert await keys_about(single_slot.store, session_id) == set()
    exchange = await led.exchange()
    with contextlib.suppress(ConnectionError):
        while not exchange.gone.is_set():
            await exchange.say("more ")
            await asyncio.sleep(0.01)

    async def is_gone() -> bool:
        if await is_named(session_id, single_slot.store, queue):
            return False
        return not await keys_about(single_slot.store, session_id) and not await keys_about(queue, session_id)

    await eventually(is_gone)
    assert (await alice.chat(await alice.start(), "afterwards")).text == "You said: afterwards "
    assert await is_gone()


async def test_a_deleted_session_with_a_queued_turn_leaves_no_keys(
    single_slot: Stack, queue: Redis, alice: Client, question: str
) -> None:
    async with single_slot.client() as bob:
        led = await running(single_slot, bob, await bob.start(), question)
        session_id = await alice.start()
        await alice.ask(session_id, "waits", key="k")
        assert (await alice.http.delete(f"/chat/session/{session_id}")).status_code == 200
        assert await keys_about(single_slot.store, session_id) == set()
        assert await keys_about(queue, session_id) == set()
        await led.finish()


@pytest.mark.parametrize("state", ["running", "queued"])
async def test_a_cleared_history_leaves_only_the_empty_session(
    single_slot: Stack, queue: Redis, alice: Client, question: str, state: str
) -> None:
    session_id = await alice.start()
    other = Led()
    async with single_slot.client() as bob:
        if state == "queued":
            single_slot.model.on(f"{question} of bob", other, echo)
            await bob.ask(await bob.start(), f"{question} of bob")
            await other.exchange()
            await alice.ask(session_id, question, key="k")
        else:
            await running(single_slot, alice, session_id, question)
        assert (await alice.http.delete(f"/chat/history/{session_id}")).status_code == 200

        async def only_the_session_is_left() -> bool:
            if await is_named(session_id, queue):
                return False
            found = {
                name for name in await keys_about(single_slot.store, session_id) if not name.startswith("chat:user:")
            }
            kept = keys.session, keys.turns, keys.idempotency, keys.idempotency_times
            return found <= {name(session_id) for name in kept} and not await keys_about(queue, session_id)

        await eventually(only_the_session_is_left)
        if state == "queued":
            await other.finish()
    assert await alice.history(session_id) == []
    assert (await alice.chat(session_id, "afterwards", key="other")).text == "You said: afterwards "


async def test_repeated_deletions_in_mid_reply_leave_no_keys(
    single_slot: Stack, queue: Redis, alice: Client, question: str
) -> None:
    """Claims, first words and deletions happen in every order."""
    single_slot.model.on(question, tell(*["word "] * 3, pause=0.01))
    deleted = []
    for _ in range(30):
        session_id = await alice.start()
        await alice.ask(session_id, question, key="k")
        assert (await alice.http.delete(f"/chat/session/{session_id}")).status_code == 200
        deleted.append(session_id)

    async def is_gone() -> bool:
        found = await names(single_slot.store, queue)
        contents = [str(await _content(single_slot.store, name)) for name in ("chat:open", "arq:queue")]
        contents.append(str(await _content(queue, "arq:queue")))
        return not any(session_id in text for session_id in deleted for text in (*found, *contents))

    await eventually(is_gone)
    assert (await alice.http.get("/chat/sessions")).json()["total"] == 0
