"""A program of an older protocol does not say for which call it asks: no user gets the question of another one."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.tool_servers import Tools, opened, scripted, settings_of
from worker.tools.calls import CallContext, InputAnswer, InputRequest
from worker.tools.running_call import UNASKED


@pytest.fixture
async def tools(tmp_path: Path) -> AsyncIterator[Tools]:
    async with (
        scripted(tmp_path, "stdio", is_legacy=True) as server,
        opened(settings_of(tmp_path, f"[servers.s]\n{server.table}"), "s") as running,
    ):
        yield running


async def test_a_question_of_one_of_several_calls_is_cancelled(tools: Tools) -> None:
    asked, answered = asyncio.Event(), asyncio.Event()

    async def on_input(request: InputRequest) -> InputAnswer:
        asked.set()
        await answered.wait()
        return InputAnswer("accept", {"name": "Ann"})

    first = asyncio.create_task(tools.call("greet", context=CallContext("a", on_input=on_input)))
    await asked.wait()
    second = await tools.call("greet", context=CallContext("b", on_input=on_input))
    answered.set()
    assert (await first).content == "Hello Ann"
    assert (second.status, second.content.splitlines()[-1]) == ("error", UNASKED)
    assert (await tools.call("greet", context=CallContext("b", on_input=on_input))).content == "Hello Ann"


async def test_a_stopped_call_asks_no_other_user(tools: Tools) -> None:
    """The program may not have stopped it: what it asks then may be for that call."""
    asked = asyncio.Event()

    async def wait(request: InputRequest) -> InputAnswer:
        asked.set()
        await asyncio.Event().wait()
        return InputAnswer("cancel")

    async def on_input(request: InputRequest) -> InputAnswer:
        return InputAnswer("accept", {"name": "Ann"})

    stopped = asyncio.create_task(tools.call("greet", context=CallContext("a", "first", on_input=wait)))
    await asked.wait()
    stopped.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopped
    other = await tools.call("greet", context=CallContext("b", "second", on_input=on_input))
    assert (other.status, other.content.splitlines()[-1]) == ("error", UNASKED)
    own = await tools.call("greet", context=CallContext("c", "first", on_input=on_input))
    assert own.content == "Hello Ann"
