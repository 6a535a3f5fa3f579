"""A queue whose first question waits too long takes no more, and the metrics tell how long that is."""

from collections.abc import AsyncIterator

import pytest

from chat import keys
from tests.contract.refusals import nothing_stored, refused
from tests.support.client import Client
from tests.support.fixtures import stack_of
from tests.support.stack import Stack

HOUR_MS = 3_600_000


slow = stack_of(workers=0)
"""A stack without a worker, and without anybody else's jobs."""


@pytest.fixture
async def late(slow: Stack) -> AsyncIterator[Client]:
    await slow.queue.delete(keys.QUEUE)
    async with slow.client() as client:
        yield client


async def wait(slow: Stack, job: str, milliseconds: int) -> None:
    """A job that is due since so many milliseconds."""
    seconds, _ = await slow.queue.time()
    await slow.queue.zadd(keys.QUEUE, {job: seconds * 1000 - milliseconds})


async def age(user: Client) -> float:
    lines = (await user.http.get("/metrics")).text.splitlines()
    return float(next(line for line in lines if line.startswith("holdfast_queue_oldest_seconds ")).split()[1])


async def test_a_queue_whose_first_job_waits_too_long_takes_no_question(slow: Stack, late: Client) -> None:
    session_id = await late.start()
    await wait(slow, "another", HOUR_MS)
    async with nothing_stored(slow, late, session_id):
        response = await late.post_turn(session_id, "hello", key="k")
        refused(response, 503, "queue_slow")
        assert int(response.headers["retry-after"]) > 0
    assert 3590 < await age(late) < 3700
    assert 'limit="queue_seconds"' in (await late.http.get("/metrics")).text


async def test_a_question_that_was_taken_is_answered_for_though_the_queue_is_slow(slow: Stack, late: Client) -> None:
    session_id = await late.start()
    taken = await late.post_turn(session_id, "hello", key="k")
    await wait(slow, "another", HOUR_MS)
    again = await late.post_turn(session_id, "hello", key="k")
    assert (again.status_code, again.json()) == (202, taken.json())
    refused(await late.post_turn(session_id, "hello"), 409, "turn_running")


async def test_jobs_that_run_do_not_wait(slow: Stack, late: Client) -> None:
    """Their score is the end of their lease."""
    await wait(slow, "running", -HOUR_MS)
    assert await age(late) == 0
    assert (await late.post_turn(await late.start(), "hello")).status_code == 202
    assert 0 <= await age(late) < 60
