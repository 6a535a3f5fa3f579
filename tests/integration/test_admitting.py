"""`admit.lua` on a real store counts requests in a sliding window."""

from typing import Any

import pytest
from redis.asyncio import Redis

from api.limits.rates import admit_call
from chat.store import run

KEY = "chat:rates:user:somebody"
MINUTE = 60_000


@pytest.fixture
def admit(store: Redis) -> Any:
    async def call(request: str, amount: int = 3, milliseconds: int = MINUTE) -> int:
        return (await run(store, admit_call(KEY, request, amount, milliseconds))).wait_ms

    return call


async def test_a_request_over_the_limit_gets_the_time_to_wait(store: Redis, admit: Any) -> None:
    assert [await admit(request) for request in "abc"] == [0, 0, 0]
    assert 0 < await admit("d") <= MINUTE
    assert await store.zcard(KEY) == 3
    assert 0 < await store.pttl(KEY) <= MINUTE


async def test_a_repeated_call_counts_once_and_answers_the_same(store: Redis, admit: Any) -> None:
    assert [await admit(request) for request in "aabbcc"] == [0] * 6
    assert await store.zcard(KEY) == 3
    assert await admit("a") == 0


async def test_the_answer_has_how_many_requests_are_left(store: Redis) -> None:
    answers = [await run(store, admit_call(KEY, request, 2, MINUTE)) for request in "aabc"]
    assert [answer.remaining for answer in answers] == [1, 1, 0, 0]


async def test_requests_expire_by_the_stores_clock(store: Redis, admit: Any) -> None:
    await admit("a", 1)
    seconds, _ = await store.time()
    await store.zadd(KEY, {"a": seconds * 1000 - 1})
    assert await admit("b", 1) == 0
    assert await store.zrange(KEY, 0, -1) == ["b"]


async def test_a_clock_set_back_extends_no_refusal(store: Redis, admit: Any) -> None:
    await admit("a", 1)
    seconds, _ = await store.time()
    await store.zadd(KEY, {"a": (seconds + 3600) * 1000})
    assert await admit("b", 1) == 0
    assert 0 < await admit("c", 1) <= MINUTE
