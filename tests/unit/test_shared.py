"""One call serves all callers that ask before it begins."""

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest

from api.streaming.shared import Shared


class Calls:
    """Records each call when it begins, and answers once it is released."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.released = asyncio.Event()

    async def __call__(self, key: str) -> str:
        self.begun.append(key)
        await self.released.wait()
        return f"{key} {len(self.begun)}"


async def run_the_loop() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_simultaneous_callers_share_one_call() -> None:
    calls = Calls()
    shared = Shared(calls)
    tasks = [asyncio.create_task(shared("a")) for _ in range(100)]
    await run_the_loop()
    calls.released.set()
    assert set(await asyncio.gather(*tasks)) == {"a 1"}
    assert calls.begun == ["a"]


async def test_callers_during_a_call_share_the_next_one() -> None:
    calls = Calls()
    shared = Shared(calls)
    first = asyncio.create_task(shared("a"))
    await run_the_loop()
    later = [asyncio.create_task(shared("a")) for _ in range(100)]
    await run_the_loop()
    assert calls.begun == ["a"]
    calls.released.set()
    assert await first == "a 1"
    assert set(await asyncio.gather(*later)) == {"a 2"}


async def test_calls_for_different_keys_run_in_parallel() -> None:
    calls = Calls()
    shared = Shared(calls)
    tasks = [asyncio.create_task(shared(key)) for key in "abc"]
    await run_the_loop()
    assert calls.begun == ["a", "b", "c"]
    calls.released.set()
    await asyncio.gather(*tasks)


async def test_a_cancelled_caller_does_not_cancel_the_others() -> None:
    calls = Calls()
    shared = Shared(calls)
    leaving, staying = [asyncio.create_task(shared("a")) for _ in range(2)]
    await run_the_loop()
    leaving.cancel()
    await run_the_loop()
    calls.released.set()
    assert await staying == "a 1"
    assert leaving.cancelled()


async def test_an_error_reaches_all_callers_and_the_next_call_runs() -> None:
    errors = [ValueError("once")]

    async def call(key: str) -> str:
        if errors:
            raise errors.pop()
        return key

    shared = Shared(call)
    answers = await asyncio.gather(*(shared("a") for _ in range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ValueError] * 3
    assert await shared("a") == "a"


@pytest.fixture
async def logged() -> AsyncIterator[list[object]]:
    """Collects the errors that the event loop reports."""
    gc.collect()  # reports what earlier tests have left
    found: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: found.append(context))
    yield found
    loop.set_exception_handler(None)


async def test_an_error_without_waiting_callers_is_not_logged(logged: list[object]) -> None:
    release = asyncio.Event()

    async def call(key: str) -> str:
        await release.wait()
        raise ValueError(key)

    task = asyncio.create_task(Shared(call)("a"))
    await run_the_loop()
    task.cancel()
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    await run_the_loop()
    gc.collect()
    assert logged == []
