"""One call serves all that ask before it begins."""

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest

from api.streaming.shared import Shared


class Calls:
    """Notes each call when it begins, and answers when it is let go."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.let_go = asyncio.Event()

    async def __call__(self, key: str) -> str:
        self.begun.append(key)
        await self.let_go.wait()
        return f"{key} {len(self.begun)}"


async def turns_of_the_loop() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_those_who_ask_at_once_share_one_call() -> None:
    calls = Calls()
    shared = Shared(calls)
    asking = [asyncio.create_task(shared("a")) for _ in range(100)]
    await turns_of_the_loop()
    calls.let_go.set()
    assert set(await asyncio.gather(*asking)) == {"a 1"}
    assert calls.begun == ["a"]


async def test_those_who_ask_during_a_call_share_the_next_one() -> None:
    calls = Calls()
    shared = Shared(calls)
    first = asyncio.create_task(shared("a"))
    await turns_of_the_loop()
    later = [asyncio.create_task(shared("a")) for _ in range(100)]
    await turns_of_the_loop()
    assert calls.begun == ["a"]
    calls.let_go.set()
    assert await first == "a 1"
    assert set(await asyncio.gather(*later)) == {"a 2"}


async def test_other_keys_do_not_wait() -> None:
    calls = Calls()
    shared = Shared(calls)
    asking = [asyncio.create_task(shared(key)) for key in "abc"]
    await turns_of_the_loop()
    assert calls.begun == ["a", "b", "c"]
    calls.let_go.set()
    await asyncio.gather(*asking)


async def test_an_asker_that_leaves_does_not_cancel_the_others() -> None:
    calls = Calls()
    shared = Shared(calls)
    leaving, staying = [asyncio.create_task(shared("a")) for _ in range(2)]
    await turns_of_the_loop()
    leaving.cancel()
    await turns_of_the_loop()
    calls.let_go.set()
    assert await staying == "a 1"
    assert leaving.cancelled()


async def test_all_askers_get_the_error_and_the_next_call_is_made() -> None:
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
    """What the event loop reports."""
    found: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: found.append(context))
    yield found
    loop.set_exception_handler(None)


async def test_an_error_that_nobody_waits_for_is_not_logged(logged: list[object]) -> None:
    release = asyncio.Event()

    async def call(key: str) -> str:
        await release.wait()
        raise ValueError(key)

    asking = asyncio.create_task(Shared(call)("a"))
    await turns_of_the_loop()
    asking.cancel()
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await turns_of_the_loop()
    gc.collect()
    assert logged == []
