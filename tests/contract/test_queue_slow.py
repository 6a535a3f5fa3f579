"""A queue whose oldest job waits too long accepts no more, and the metrics report the wait."""

from collections.abc import AsyncIterator

import pytest

from chat import keys
from tests.contract.refusals import nothing_stored, refused
from tests.support.client import Client
from tests.support.fixtures import stack_of
from tests.support.stack import Stack

HOUR_MS = 3_600_000


slow = stack_of(workers=0)
"""A stack of this module only, without a worker."""


@pytest.fixture
async def late(slow: Stack) -> AsyncIterator[Client]:
    await slow.queue.delete(keys.QUEUE)
    async with slow.client() as client:
        yield client


async def enqueue(slow: Stack, job: str, milliseconds: int) -> None:
    """Queues a job that has been due for so many milliseconds."""
    seconds, _ = await slow.queue.time()
    await slow.queue.zadd(keys.QUEUE, {job: seconds * 1000 - milliseconds})


async def oldest_wait(user: Client) -> float:
    lines = (await user.http.get("/metrics")).text.splitlines()
    return float(next(line for line in lines if line.startswith("holdfast_queue_oldest_seconds ")).split()[1])


async def test_a_slow_queue_refuses_a_question_with_retry_after(slow: Stack, late: Client) -> None:
    session_id = await late.start()
    await enqueue(slow, "another", HOUR_MS)
    async with nothing_stored(slow, late, session_id):
        response = await late.post_turn(session_id, "hello", key="k")
        refused(response, 503, "queue_slow")
        assert int(response.headers["retry-after"]) > 0
    assert 3590 < await oldest_wait(late) < 3700
    assert 'limit="queue_seconds"' in (await late.http.get("/metrics")).text


async def test_a_repeated_request_gets_its_turn_at_a_slow_queue(slow: Stack, late: Client) -> None:
    session_id = await late.start()
    accepted = await late.post_turn(session_id, "hello", key="k")
    await enqueue(slow, "another", HOUR_MS)
    again = await late.post_turn(session_id, "hello", key="k")
    assert (again.status_code, again.json()) == (202, accepted.json())
    refused(await late.post_turn(session_id, "hello"), 409, "turn_running")


async def test_running_jobs_do_not_count_as_waiting(slow: Stack, late: Client) -> None:
    """A running job's score is the end of its lease."""
    await enqueue(slow, "running", -HOUR_MS)
    assert await oldest_wait(late) == 0
    assert (await late.post_turn(await late.start(), "hello")).status_code == 202
    assert 0 <= await oldest_wait(late) < 60
