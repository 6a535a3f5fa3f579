"""A turn that waits for its user holds nothing but some kilobytes, and goes on with the answer, or ends."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from chat import keys
from tests.support.client import Client
from tests.support.databases import database
from tests.support.model_server import Exchange
from tests.support.sse import Transcript, frames, has, read
from tests.support.stack import ROOT, Stack, run_stack
from tests.support.waiting import eventually

SERVERS = """
[servers.lab]
title = "Lab"
command = ["{python}", "-m", "tests.support.tool_server", "{record}", "stdio"]
env = {{ PYTHONPATH = "{root}" }}
"""
HOUR = 3600
MOST_BYTES = 8_500
"""Of a waiting turn with its log and its entries in lists, with arguments of 2,000 characters, which it has twice."""


@pytest.fixture(scope="module")
async def tooled(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A stack with one worker, which has one slot, and a tool server whose tools ask before they change something."""
    folder = tmp_path_factory.mktemp("waiting")
    file = folder / "servers.toml"
    file.write_text(SERVERS.format(python=sys.executable, record=folder / "record", root=ROOT), "utf-8")
    async with run_stack(
        database(redis_url),
        folder,
        openai_can="tools",
        mcp_file=str(file),
        approval_timeout=str(HOUR),
        worker_slots="1",
        max_active_turns_per_user="1",
    ) as stack:
        yield stack


@pytest.fixture
async def user(tooled: Stack) -> AsyncIterator[Client]:
    async with tooled.client() as client:
        yield client


Script = Callable[[Exchange], Any]


def calls(name: str, arguments: str = "{}", text: str = "Let me see.") -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.say(text)
        await exchange.call(0, "call_0", f"lab__{name}", arguments)
        await exchange.finish("tool_calls", {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15})

    return script


def says(text: str) -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.say(text)
        await exchange.finish("stop", {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15})

    return script


async def waiting(stack: Stack, user: Client, question: str, arguments: str = "{}") -> str:
    """Returns a turn that asks whether the tool `count` may be called."""
    stack.model.on(question, calls("count", arguments), says("Counted."))
    turn_id = await user.ask(await user.start(), question)

    async def is_paused() -> bool:
        return bool((await user.turn(turn_id))["approvals"])

    await eventually(is_paused)
    return turn_id


async def answer(user: Client, turn_id: str, decision: str, **more: Any) -> None:
    response = await user.http.post(f"/chat/turns/{turn_id}/approvals", json={"id": "0", "decision": decision, **more})
    assert response.status_code == 200, response.text


def results(transcript: Transcript) -> list[tuple[str, str]]:
    found = [event for event in transcript.events if event["type"] == "tool_result"]
    return [(event["status"], event["content"]) for event in found]


async def has_no_job(stack: Stack, turn_id: str) -> bool:
    names = keys.in_progress(turn_id), keys.job(turn_id), keys.retry(turn_id)
    return await stack.queue.zscore(keys.QUEUE, turn_id) is None and not await stack.queue.exists(*names)


async def bytes_of(stack: Stack, turn_id: str) -> int:
    """The memory of all that the turn has in the store. Without `samples=0` it is estimated from a few fields."""
    sizes = [await stack.store.memory_usage(name, samples=0) for name in (keys.turn(turn_id), keys.log(turn_id))]
    return sum(size or 0 for size in sizes) + 2 * len(turn_id)


async def let_pass(stack: Stack, turn_id: str, seconds: float) -> None:
    """Has the turn wait as if so much time had passed: moves the times of its question."""
    name = keys.turn(turn_id)
    until, ask = await stack.store.execute_command("HMGET", name, "paused", "ask:0")
    sooner = f"{float(until) - seconds:.3f}"
    await stack.store.execute_command("HSET", name, "paused", sooner, "ask:0", ask.replace(until, sooner))


async def test_a_turn_waits_an_hour_without_slot_and_lease(tooled: Stack, user: Client, question: str) -> None:
    turn_id = await waiting(tooled, user, question, '{"why":"' + "x" * 2000 + '"}')

    async def is_left() -> bool:
        return await has_no_job(tooled, turn_id)

    await eventually(is_left)
    await let_pass(tooled, turn_id, HOUR - 30)
    size = await bytes_of(tooled, turn_id)
    assert 2_000 < size < MOST_BYTES
    for number in range(3):  # each needs the worker's only slot, and the user's only one
        tooled.model.on(f"{question} {number}", says("Free."))
        assert (await user.chat(await user.start(), f"{question} {number}")).text == "Free."
    assert await has_no_job(tooled, turn_id)
    assert await bytes_of(tooled, turn_id) <= size
    left = (await user.turn(turn_id))["approvals"][0]["until"] - time.time()
    assert 0 < left < 30
    await answer(user, turn_id, "allow")
    transcript = await user.follow(turn_id)
    assert results(transcript) == [("ok", "counted")]
    assert transcript.text == "Let me see.\n\nCounted."


async def test_a_turn_whose_time_is_over_keeps_its_text(tooled: Stack, user: Client, question: str) -> None:
    turn_id = await waiting(tooled, user, question)
    await let_pass(tooled, turn_id, HOUR + 1)
    transcript = await user.follow(turn_id)
    assert transcript.end
    assert (transcript.end["type"], transcript.end["code"]) == ("error", "approval_expired")
    assert [event["state"] for event in transcript.events if event["type"] == "approval"] == ["asked", "expired"]
    turn = await user.turn(turn_id)
    assert (turn["state"], turn["error"]["code"]) == ("failed", "approval_expired")
    reply = (await user.history(keys.session_of(turn_id)))[-1]
    assert (reply["content"], reply["error"]) == ("Let me see.", "approval_expired")
    assert [call["name"] for step in reply["steps"] for call in step["calls"]] == ["count"]


async def test_an_answer_in_the_moment_of_the_question_goes_on(tooled: Stack, user: Client, question: str) -> None:
    """The worker is still ending its job then."""
    tooled.model.on(question, calls("count"), says("Counted."))
    turn_id = await user.ask(await user.start(), question)
    async with user.events(turn_id) as response:
        received, transcript = frames(response), Transcript()
        while "approval" not in transcript.types:
            await read(received, transcript, lambda each: True)
        await answer(user, turn_id, "allow")
        await read(received, transcript, has("Let me see.\n\nCounted."))
    assert not [line for line in tooled.logs().splitlines() if "turn_queued_again" in line and turn_id in line]
    assert (await user.follow(turn_id, transcript)).end


async def test_a_refusal_and_its_note_reach_the_model(tooled: Stack, user: Client, question: str) -> None:
    turn_id = await waiting(tooled, user, question)
    await answer(user, turn_id, "deny", note="Not on a Sunday.")
    transcript = await user.follow(turn_id)
    ((status, content),) = results(transcript)
    assert status == "denied"
    assert "Not on a Sunday." in content
    prompt = tooled.model.asked(question)[-1].body["messages"]
    assert "Not on a Sunday." in prompt[-1]["content"]


async def test_a_tool_that_is_allowed_for_the_session_asks_once(tooled: Stack, user: Client, question: str) -> None:
    turn_id = await waiting(tooled, user, question)
    await answer(user, turn_id, "allow_session")
    assert results(await user.follow(turn_id)) == [("ok", "counted")]
    tooled.model.on(f"{question} again", calls("count"), says("Again."))
    transcript = await user.chat(keys.session_of(turn_id), f"{question} again")
    assert "approval" not in transcript.types
    assert results(transcript) == [("ok", "counted")]


async def test_a_stop_ends_a_waiting_turn_with_its_steps(tooled: Stack, user: Client, question: str) -> None:
    turn_id = await waiting(tooled, user, question)
    stopped = await user.http.post(f"/chat/turns/{turn_id}/cancel")
    assert stopped.json()["state"] in ("cancelled", "running")  # the worker may still end its job
    transcript = await user.follow(turn_id)
    assert transcript.end
    assert transcript.end["finish_reason"] == "cancelled"
    reply = (await user.history(keys.session_of(turn_id)))[-1]
    assert reply["content"] == "Let me see."
    assert [call["name"] for step in reply["steps"] for call in step["calls"]] == ["count"]


async def test_users_see_the_tools_that_the_worker_found(user: Client) -> None:
    async def found() -> Any:
        servers = (await user.http.get("/chat/tools")).json()["servers"]
        return servers if servers and servers[0]["is_up"] else None

    ((server),) = await eventually(found)
    assert (server["name"], server["title"], server["is_up"]) == ("lab", "Lab", True)
    tools = {tool["name"]: tool for tool in server["tools"]}
    add, count = tools["add"], tools["count"]
    assert (add["title"], add["approval"], add["is_read_only"]) == ("Add two numbers", "always", True)
    assert (count["approval"], count["is_read_only"]) == ("ask", False)


async def test_many_turns_wait_at_once_for_one_worker(tooled: Stack, question: str) -> None:
    users = [tooled.client() for _ in range(5)]
    turn_ids = [await waiting(tooled, user, f"{question} {number}") for number, user in enumerate(users)]
    await asyncio.gather(*(answer(user, turn_id, "allow") for user, turn_id in zip(users, turn_ids, strict=True)))
    for user, turn_id in zip(users, turn_ids, strict=True):
        assert results(await user.follow(turn_id)) == [("ok", "counted")]
        await user.http.aclose()
