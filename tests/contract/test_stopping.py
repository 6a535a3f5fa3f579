"""A stop works with and without a worker, and leaves nothing in the queue."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from chat import keys
from launcher.guard import alive
from tests.support.client import Client
from tests.support.databases import database, queue_of
from tests.support.model_server import Led
from tests.support.sse import has, read
from tests.support.stack import Stack, run_stack
from tests.support.waiting import PATIENCE, eventually

STOPS = 10
"""More than the queue takes."""


def with_one_slot(redis_url: str, folder: Path, apis: int) -> AbstractAsyncContextManager[Stack]:
    """Runs a stack with one worker, which has a single slot. The queue has a store of its own.

    The processes use two connections also where both are one store, which other tests have.
    """
    return run_stack(
        database(redis_url),
        folder,
        apis=apis,
        queue_redis_url=queue_of(database(redis_url)),
        worker_slots="1",
        lease_seconds="1",
        max_queue_depth="3",
    )


@pytest.fixture
async def single(redis_url: str, tmp_path: Path) -> AsyncIterator[Stack]:
    async with with_one_slot(redis_url, tmp_path, apis=1) as stack:
        yield stack


@pytest.fixture
async def pair(redis_url: str, tmp_path: Path) -> AsyncIterator[Stack]:
    async with with_one_slot(redis_url, tmp_path, apis=2) as stack:
        yield stack


async def partly_answered(stack: Stack, user: Client, question: str) -> tuple[str, str]:
    """Starts a turn and reads the first word of its reply. Returns the session and the turn."""
    led, session_id = Led(), await user.start()
    stack.model.on(question, led)
    turn_id = await user.ask(session_id, question)
    await (await led.exchange()).say("one ")
    async with user.events(turn_id) as response:
        await read(response, until=has("one "))
    return session_id, turn_id


async def stop(user: Client, turn_id: str) -> str:
    response = await user.http.post(f"/chat/turns/{turn_id}/cancel")
    assert response.status_code == 200, response.text
    return str(response.json()["state"])


async def state_of(user: Client, turn_id: str) -> str:
    return str((await user.turn(turn_id))["state"])


async def test_stopped_questions_free_the_queue_without_free_slots(single: Stack, question: str) -> None:
    async with single.client() as user, single.client() as other:
        _, running = await partly_answered(single, user, question)
        session_id = await user.start()
        for _ in range(STOPS):
            assert await stop(user, await user.ask(session_id, "hello")) == "cancelled"
        assert await single.queue.zrange(keys.QUEUE, 0, -1) == [running]
        assert await single.store.zcard(keys.OPEN_TURNS) == 1
        await other.ask(await other.start(), "hello")


async def test_deleted_questions_free_the_queue_without_free_slots(single: Stack, question: str) -> None:
    async with single.client() as user:
        _, running = await partly_answered(single, user, question)
        for path in ("history", "session"):
            session_id = await user.start()
            await user.ask(session_id, "hello")
            assert (await user.http.delete(f"/chat/{path}/{session_id}")).status_code == 200
        assert await single.queue.zrange(keys.QUEUE, 0, -1) == [running]


async def test_a_turn_whose_worker_was_killed_can_be_stopped(single: Stack, question: str) -> None:
    async with single.client() as user:
        session_id, turn_id = await partly_answered(single, user, question)
        single.processes[0].kill()
        await stop(user, turn_id)
        transcript = await user.follow(turn_id)
        assert transcript.end is not None
        assert (transcript.text, transcript.end["finish_reason"]) == ("one ", "cancelled")
        assert await state_of(user, turn_id) == "cancelled"
        reply = (await user.history(session_id))[-1]
        assert (reply["content"], reply["finish_reason"]) == ("one ", "cancelled")
        assert reply["id"] == transcript.end["message_id"]
        assert await single.queue.zcard(keys.QUEUE) == 0
        await user.ask(session_id, "another")


async def test_a_turn_whose_lease_has_ended_is_stopped_at_once(single: Stack, question: str) -> None:
    async with single.client() as user:
        session_id, turn_id = await partly_answered(single, user, question)
        single.processes[0].kill()

        async def is_unclaimed() -> bool:
            return not await single.queue.exists(keys.in_progress(turn_id))

        await eventually(is_unclaimed)
        assert await stop(user, turn_id) == "cancelled"
        assert await stop(user, turn_id) == "cancelled"
        await user.ask(session_id, "another")


async def test_a_stopped_turn_ends_after_its_api_died(pair: Stack, question: str) -> None:
    async with pair.client() as user, pair.client(user.user_id, api=1) as elsewhere:
        _, turn_id = await partly_answered(pair, user, question)
        pair.processes[0].kill()
        await stop(user, turn_id)
        pair.processes[1].kill()

        async def is_stopped() -> bool:
            return await state_of(elsewhere, turn_id) == "cancelled"

        await eventually(is_stopped)


async def test_the_next_question_ends_a_stopped_turn_without_a_worker(single: Stack, question: str) -> None:
    """The cancel flag is set, but both the API that set it and the worker are gone."""
    async with single.client() as user:
        session_id, turn_id = await partly_answered(single, user, question)
        single.processes[0].kill()
        await single.store.execute_command("HSET", keys.turn(turn_id), "cancel", 1)
        await single.queue.delete(keys.in_progress(turn_id))
        next_turn = await user.ask(session_id, "another")
        assert await state_of(user, turn_id) == "cancelled"
        assert [message["content"] for message in await user.history(session_id)] == [question, "one ", "another"]
        assert await single.queue.zrange(keys.QUEUE, 0, -1) == [next_turn]


async def test_a_worker_that_resumes_after_a_stop_writes_nothing(single: Stack, question: str) -> None:
    async with single.client() as user:
        session_id, turn_id = await partly_answered(single, user, question)
        single.processes[0].send_signal(signal.SIGSTOP)
        try:
            await stop(user, turn_id)

            async def is_stopped() -> bool:
                return await state_of(user, turn_id) == "cancelled"

            await eventually(is_stopped)
        finally:
            single.processes[0].send_signal(signal.SIGCONT)
        assert (await user.chat(session_id, "another")).text == "You said: another "
        assert [message["content"] for message in await user.history(session_id)][1] == "one "


async def isolated_turn(stack: Stack, user: Client, question: str) -> tuple[str, str, int]:
    """Starts an isolated turn and reads its first word. Returns its session, its id and its process id."""
    led, session_id = Led(), await user.start()
    stack.model.on(question, led)
    stack.processes[0].send_signal(signal.SIGSTOP)
    turn_id = await user.ask(session_id, question)
    await stack.store.execute_command("HSET", keys.turn(turn_id), "losses", 2)
    stack.processes[0].send_signal(signal.SIGCONT)
    await (await led.exchange()).say("one ")
    async with user.events(turn_id) as response:
        await read(response, until=has("one "))
    lines = [json.loads(line) for line in stack.logs().splitlines()]
    (process_id,) = [line["process_id"] for line in lines if line["event"] == "turn_isolated"]
    return session_id, turn_id, process_id


async def test_a_stop_ends_an_isolated_turn_whose_process_hangs(single: Stack, question: str) -> None:
    """The worker lives and keeps the claim, so no other process can end the turn."""
    async with single.client() as user:
        session_id, turn_id, process_id = await isolated_turn(single, user, question)
        os.kill(process_id, signal.SIGSTOP)
        await stop(user, turn_id)
        transcript = await asyncio.wait_for(user.follow(turn_id), PATIENCE)
        assert transcript.end is not None
        assert (transcript.text, transcript.end["finish_reason"]) == ("one ", "cancelled")
        assert await state_of(user, turn_id) == "cancelled"
        assert [message["content"] for message in await user.history(session_id)] == [question, "one "]

        async def nothing_left() -> bool:
            return not alive(process_id) and await single.queue.zcard(keys.QUEUE) == 0

        await eventually(nothing_left)
        assert "isolated_turn_hangs" in single.logs()
