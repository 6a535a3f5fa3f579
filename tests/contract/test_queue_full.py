"""A queue that is full: what was taken stays taken, and nothing more is."""

from collections.abc import AsyncIterator

import pytest

from chat import keys
from tests.contract.refusals import nothing_stored, refused
from tests.support.client import Client
from tests.support.databases import database
from tests.support.stack import Stack, run_stack


@pytest.fixture(scope="module")
async def full(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A stack whose queue has one place, which is taken, and no worker."""
    folder = tmp_path_factory.mktemp("full")
    async with run_stack(database(redis_url), folder, workers=0, max_queue_depth="1") as stack:
        async with stack.client() as first:
            await first.ask(await first.start(), "first")
        yield stack


@pytest.fixture
async def late(full: Stack) -> AsyncIterator[Client]:
    async with full.client() as late:
        yield late


async def test_a_full_queue_takes_no_question_and_says_when_to_come_back(full: Stack, late: Client) -> None:
    session_id = await late.start()
    async with nothing_stored(full, late, session_id):
        for key in ("", "new"):
            response = await late.post_turn(session_id, "hello", key=key)
            refused(response, 503, "queue_full")
            assert int(response.headers["retry-after"]) > 0


async def test_a_question_that_was_taken_is_still_answered_for_when_it_is_sent_again(full: Stack, late: Client) -> None:
    session_id, other = await late.start(), await late.start()
    await full.queue.delete(keys.QUEUE)
    taken = await late.post_turn(session_id, "hello", key="mine")
    assert taken.status_code == 202
    for _ in range(2):
        again = await late.post_turn(session_id, "hello", key="mine")
        assert (again.status_code, again.json()) == (202, taken.json())
    assert again.headers["location"] == taken.headers["location"]
    refused(await late.post_turn(other, "hello", key="mine"), 503, "queue_full")
    assert len(await late.history(session_id)) == 1
