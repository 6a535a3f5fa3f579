"""A full queue keeps its accepted turns and accepts no more."""

from collections.abc import AsyncIterator

import pytest

from chat import keys
from tests.contract.refusals import nothing_stored, refused
from tests.support.client import Client
from tests.support.databases import database
from tests.support.stack import Stack, run_stack


@pytest.fixture(scope="module")
async def full(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A stack without a worker, whose queue of length one is full."""
    folder = tmp_path_factory.mktemp("full")
    async with run_stack(database(redis_url), folder, workers=0, max_queue_depth="1") as stack:
        async with stack.client() as first:
            await first.ask(await first.start(), "first")
        yield stack


@pytest.fixture
async def late(full: Stack) -> AsyncIterator[Client]:
    async with full.client() as late:
        yield late


async def test_a_full_queue_refuses_a_question_with_retry_after(full: Stack, late: Client) -> None:
    session_id = await late.start()
    async with nothing_stored(full, late, session_id):
        for key in ("", "new"):
            response = await late.post_turn(session_id, "hello", key=key)
            refused(response, 503, "queue_full")
            assert int(response.headers["retry-after"]) > 0


async def test_a_repeated_request_gets_its_turn_at_a_full_queue(full: Stack, late: Client) -> None:
    session_id, other = await late.start(), await late.start()
    await full.queue.delete(keys.QUEUE)
    accepted = await late.post_turn(session_id, "hello", key="mine")
    assert accepted.status_code == 202
    for _ in range(2):
        again = await late.post_turn(session_id, "hello", key="mine")
        assert (again.status_code, again.json()) == (202, accepted.json())
    assert again.headers["location"] == accepted.headers["location"]
    refused(await late.post_turn(other, "hello", key="mine"), 503, "queue_full")
    assert len(await late.history(session_id)) == 1
