"""Circuits open after failures in a row, let one trial through, close on a success, and never fail a turn."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from chat import circuits, keys
from chat.circuits import FAILURES, Choice, Circuits, choose_call, fail_call
from chat.store import connect, run
from launcher import ports
from tests.support.databases import STORE, client_of, numbered, queue_of
from tests.support.waiting import eventually

FIRST, SECOND = ("first", "first/m"), ("second", "second/n")


@pytest.fixture
async def shared_redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client of a queue's database, empty at the start; also where the store is a Cluster."""
    async with client_of(queue_of(numbered(redis_url, STORE))) as client:
        await client.flushdb()
        yield client


@pytest.fixture
def shared(shared_redis: Redis) -> Circuits:
    return Circuits(shared_redis)


async def fail(shared: Circuits, name: str = "first", times: int = FAILURES) -> list[bool]:
    return [await shared.failed(name, "model_server_error") for _ in range(times)]


async def until_half_open(shared: Circuits, name: str = "first") -> None:
    async def is_half_open() -> bool:
        return (await shared.states([name]))[name] == "half_open"

    await eventually(is_half_open)


async def test_failures_in_a_row_open_a_circuit(shared: Circuits) -> None:
    assert await fail(shared) == [False] * (FAILURES - 1) + [True]
    assert await shared.states(["first", "second"]) == {"first": "open", "second": "closed"}
    assert await shared.choose([FIRST, SECOND]) == Choice(1, "model_server_error")
    assert await shared.choose([SECOND, FIRST]) == Choice(0)


async def test_a_success_between_failures_keeps_it_closed(shared: Circuits) -> None:
    await fail(shared, times=FAILURES - 1)
    await shared.succeeded(FIRST)
    assert await fail(shared, times=FAILURES - 1) == [False] * (FAILURES - 1)
    assert await shared.states(["first"]) == {"first": "closed"}


async def test_a_success_of_another_process_counts_as_well(shared: Circuits, shared_redis: Redis) -> None:
    await fail(shared, times=FAILURES - 1)
    other = Circuits(shared_redis)
    assert await other.choose([FIRST, SECOND]) == Choice(0)
    await other.succeeded(FIRST)
    assert await fail(shared, times=1) == [False]


async def test_an_answer_that_ends_after_the_opening_leaves_it_open(shared: Circuits) -> None:
    await fail(shared)
    await shared.succeeded(FIRST)
    assert await shared.states(["first"]) == {"first": "open"}
    await shared.answered(FIRST)
    assert await shared.states(["first"]) == {"first": "closed"}


async def test_an_answer_that_began_keeps_the_failures_before(shared: Circuits) -> None:
    await fail(shared, times=FAILURES - 1)
    await shared.answered(FIRST)
    assert await fail(shared, times=1) == [True]


async def test_a_process_that_saw_no_failure_closes_a_circuit_too(
    shared: Circuits, shared_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fail(shared)
    other = Circuits(shared_redis)
    await other.answered(FIRST)
    assert await shared.states(["first"]) == {"first": "closed"}
    await other.succeeded(FIRST)
    await fail(shared)
    await other.answered(FIRST)
    assert await shared.states(["first"]) == {"first": "open"}
    monkeypatch.setattr(circuits, "CHECK_SECONDS", 0)
    later = Circuits(shared_redis)
    for _ in range(2):
        await later.answered(FIRST)
        await later.succeeded(FIRST)
        assert await shared.states(["first"]) == {"first": "closed"}
        await fail(shared)


async def test_an_unknown_model_leaves_out_the_model_alone(shared: Circuits) -> None:
    await fail(shared, "first/m")
    assert await shared.choose([FIRST, SECOND]) == Choice(1, "model_server_error")
    assert await shared.choose([("first", "first/other"), SECOND]) == Choice(0)


async def test_the_first_is_asked_where_all_are_left_out(shared: Circuits) -> None:
    await fail(shared)
    await fail(shared, "second")
    assert await shared.choose([FIRST, SECOND]) == Choice(0)


async def test_one_trial_is_let_through_after_a_while(shared: Circuits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circuits, "OPEN_SECONDS", 0.05)
    await fail(shared)
    await until_half_open(shared)
    assert await shared.choose([FIRST, SECOND]) == Choice(0)
    assert await shared.choose([FIRST, SECOND]) == Choice(1, "model_server_error")
    await shared.answered(FIRST)
    assert await shared.choose([FIRST, SECOND]) == await shared.choose([FIRST, SECOND]) == Choice(0)


async def test_a_trial_without_a_result_is_repeated(shared: Circuits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circuits, "OPEN_SECONDS", 0.05)
    monkeypatch.setattr(circuits, "TRIAL_SECONDS", 0.05)
    await fail(shared)
    await until_half_open(shared)
    assert await shared.choose([FIRST, SECOND]) == Choice(0)

    async def is_tried_again() -> bool:
        return await shared.choose([FIRST, SECOND]) == Choice(0)

    await eventually(is_tried_again)


async def test_each_failed_trial_doubles_the_time(
    shared: Circuits, shared_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circuits, "OPEN_SECONDS", 0.05)
    monkeypatch.setattr(circuits, "LONGEST_OPEN_SECONDS", 0.3)
    await fail(shared, times=FAILURES - 1)
    for length in (50, 100, 200, 300):
        before = await milliseconds(shared_redis)
        assert await fail(shared, times=1) == [True]
        after = await milliseconds(shared_redis)
        until = float(await shared_redis.execute_command("HGET", keys.circuit("first"), "open_until"))
        assert before + length <= until <= after + length
        await until_half_open(shared)


async def milliseconds(shared_redis: Redis) -> int:
    seconds, microseconds = await shared_redis.time()
    return int(seconds) * 1000 + int(microseconds) // 1000


async def test_repeated_calls_change_nothing(shared: Circuits, shared_redis: Redis) -> None:
    failing = [fail_call("first", f"n{number}", "model_timeout") for number in range(FAILURES)]
    for call in failing:
        assert await run(shared_redis, call) == await run(shared_redis, call)
    before = await shared_redis.execute_command("HGETALL", keys.circuit("first"))
    assert await run(shared_redis, failing[-1]) is True
    assert await shared_redis.execute_command("HGETALL", keys.circuit("first")) == before
    choosing = choose_call([FIRST, SECOND], "n")
    assert await run(shared_redis, choosing) == await run(shared_redis, choosing) == (2, False, "model_timeout")


async def test_repeated_trials_are_one_trial(
    shared: Circuits, shared_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circuits, "OPEN_SECONDS", 0.05)
    await fail(shared)
    await until_half_open(shared)
    choosing = choose_call([FIRST, SECOND], "n")
    assert await run(shared_redis, choosing) == await run(shared_redis, choosing) == (1, True, "")


@pytest.mark.parametrize("field", ["open_until", "trial_until"])
async def test_times_written_before_a_clock_was_set_back_are_past(
    shared: Circuits, shared_redis: Redis, field: str
) -> None:
    await fail(shared)
    fields = {"open_until": 1, "trial": "n", field: 10**15}
    await shared_redis.execute_command(
        "HSET", keys.circuit("first"), *(part for pair in fields.items() for part in pair)
    )
    assert await shared.choose([FIRST, SECOND]) == Choice(0)
    assert (await shared.states(["first"]))["first"] == "half_open"


async def test_closed_circuits_leave_nothing_in_the_store(shared: Circuits, shared_redis: Redis) -> None:
    await fail(shared)
    assert await shared_redis.ttl(keys.circuit("first")) > 0
    await fail(shared, "second", 1)
    assert await shared_redis.ttl(keys.circuit_failures("second")) > 0
    await shared.answered([*FIRST, *SECOND])
    await shared.succeeded([*FIRST, *SECOND])
    assert [key async for key in shared_redis.scan_iter("chat:circuit:*")] == []


async def test_circuits_without_their_store_count_as_closed() -> None:
    async with connect(f"redis://127.0.0.1:{ports.free()}/0") as away:
        shared: Any = Circuits(away)
        assert await shared.choose([FIRST, SECOND]) == Choice(0)
        assert await shared.failed("first", "model_timeout") is False
        await shared.succeeded(FIRST)
