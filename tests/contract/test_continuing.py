"""A reply that stopped early goes on where it stopped, as another version that begins with its text."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from launcher import ports
from tests.support.client import Client
from tests.support.databases import database
from tests.support.model_server import Exchange, Led, ModelServer, Script, break_off, refuse, silence, tell
from tests.support.prefix_models import continuing
from tests.support.processes import start
from tests.support.sse import has, read
from tests.support.stack import Stack, run_stack
from worker.llm.overlap import tail_of
from worker.llm.prompt import GO_ON

COUNTS = {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}
WHOLE = "one two three four five six seven eight nine ten"
BASE = "one two three "
PREFIX = """[[providers]]
name = "prefix"
base_url = "{url}"
continue = "prefix"
dialect = "vllm"
[[providers.models]]
id = "prefix"
max_tokens = 100
"""


def going_on(text: str) -> str:
    """The last message of the prompt by which a model is asked to go on with the text."""
    return GO_ON.format(tail_of(text))


async def cut(user: Client, session_id: str, model: ModelServer, question: str, text: str = BASE) -> dict[str, Any]:
    """A reply that stopped at its length limit."""
    model.on(question, tell(text, reason="length", usage=COUNTS))
    await user.chat(session_id, question)
    return (await user.history(session_id))[-1]


def facts_of(message: dict[str, Any]) -> list[Any]:
    return [message.get(name) for name in ("content", "usage", "seconds", "finish_reason", "versions")]


async def test_a_reply_that_was_cut_goes_on_as_another_version(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    base = await cut(user, session_id, model, question)
    assert (base["content"], base["finish_reason"]) == (BASE, "length")
    model.on(going_on(BASE), tell("three fo", "ur", usage=COUNTS))
    read = await user.follow(await user.ask(session_id, continue_from=base["id"]))
    assert (read.text, read.types[:2]) == ("one two three four", ["start", "snapshot"])
    assert read.end
    asked, reply = await user.history(session_id)
    assert (reply["content"], reply["finish_reason"], reply["id"]) == (read.text, "stop", read.end["message_id"])
    assert reply["versions"]["ids"] == [base["id"], reply["id"]]
    assert reply["usage"] == read.end["usage"] == {name: 2 * count for name, count in COUNTS.items()}
    assert reply["seconds"] >= base["seconds"]
    (prompt,) = [exchange.body["messages"][1:] for exchange in model.asked(going_on(BASE))]
    assert prompt == [
        {"role": "user", "content": question},
        {"role": "assistant", "content": BASE},
        {"role": "user", "content": going_on(BASE)},
    ]
    response = await user.http.get("/chat/history", params={"session_id": session_id, "branch": base["id"]})
    kept = response.json()["messages"]
    assert [message["content"] for message in kept] == [question, BASE]
    assert (kept[0]["id"], kept[1]["id"]) == (asked["id"], base["id"])


async def test_a_continued_reply_is_found_and_comes_back_by_an_import(
    stack: Stack, user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    base = await cut(user, session_id, model, question)
    model.on(going_on(BASE), tell(f"and {question[-12:]}-found"))
    await user.follow(await user.ask(session_id, continue_from=base["id"]))
    history = await user.history(session_id)
    results = (await user.http.post("/chat/search", json={"query": f"{question[-12:]}-found"})).json()["results"]
    assert [found["message_id"] for found in results] == [history[-1]["id"]]
    exported = await user.http.get(f"/chat/sessions/{session_id}/export")
    async with stack.client() as other:
        lines = (await other.http.post("/me/import", content=exported.content)).text.splitlines()
        copy = json.loads(lines[1])["session_id"]
        assert [facts_of(message) for message in await other.history(copy)] == [facts_of(each) for each in history]


async def test_an_earlier_reply_is_continued_on_a_branch_of_its_own(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    base = await cut(user, session_id, model, question)
    await user.chat(session_id, "and then")
    model.on(going_on(BASE), tell("four"))
    before = await user.history(session_id)
    await user.follow(await user.ask(session_id, continue_from=base["id"]))
    assert [message["content"] for message in await user.history(session_id)] == [question, BASE + "four"]
    response = await user.http.get("/chat/history", params={"session_id": session_id, "branch": before[-1]["id"]})
    assert [message["id"] for message in response.json()["messages"]] == [message["id"] for message in before]


async def test_a_stopped_continuation_is_kept_and_continued_again(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    base, led = await cut(user, session_id, model, question), Led()
    model.on(going_on(BASE), led)
    turn_id = await user.ask(session_id, continue_from=base["id"])
    await (await led.exchange()).say("four five")
    async with user.events(turn_id) as response:
        await read(response, until=has(BASE + "four five"))
        await user.http.post(f"/chat/turns/{turn_id}/cancel")
    assert (await user.follow(turn_id)).text == BASE + "four five"
    stopped = (await user.history(session_id))[-1]
    assert (stopped["content"], stopped["finish_reason"]) == (BASE + "four five", "cancelled")
    model.on(going_on(BASE + "four five"), tell("four five", " six", usage=COUNTS))
    again = await user.follow(await user.ask(session_id, continue_from=stopped["id"]))
    reply = (await user.history(session_id))[-1]
    assert (again.text, reply["content"]) == ("one two three four five six",) * 2
    assert (reply["versions"]["index"], reply["versions"]["count"]) == (2, 3)


async def test_a_continuation_that_breaks_off_keeps_its_text(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    base = await cut(user, session_id, model, question)
    model.on(going_on(BASE), break_off("four ", drop=True))
    broken = await user.follow(await user.ask(session_id, continue_from=base["id"]))
    reply = (await user.history(session_id))[-1]
    assert (reply["content"], reply["finish_reason"]) == (broken.text, "error") == (BASE + "four ", "error")


async def test_a_continuation_that_fails_at_once_shows_its_base(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    base = await cut(user, session_id, model, question)
    model.on(going_on(BASE), refuse(401))
    failed = await user.follow(await user.ask(session_id, continue_from=base["id"]))
    assert failed.end
    assert (failed.text, failed.end["code"], failed.end.get("message_id")) == (BASE, "model_unauthorized", None)
    reply = (await user.history(session_id))[-1]
    assert (reply["id"], reply["finish_reason"]) == (base["id"], "length")
    assert (reply["versions"]["index"], reply["versions"]["count"]) == (0, 2)
    assert await refusal(user, session_id, reply["versions"]["ids"][1]) == (409, "reply_empty")


async def test_a_continuation_stopped_at_once_shows_its_base(
    user: Client, session_id: str, model: ModelServer, question: str, led: Led
) -> None:
    base = await cut(user, session_id, model, question)
    model.on(going_on(BASE), led)
    turn_id = await user.ask(session_id, continue_from=base["id"])
    await led.exchange()
    async with user.events(turn_id) as response:
        await read(response, until=has(BASE))
        await user.http.post(f"/chat/turns/{turn_id}/cancel")
    stopped = await user.follow(turn_id)
    assert stopped.end
    assert (stopped.text, stopped.end["finish_reason"], stopped.end.get("message_id")) == (BASE, "cancelled", None)
    assert (await user.history(session_id))[-1]["id"] == base["id"]


async def test_a_reply_with_nothing_to_add_is_complete(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    base = await cut(user, session_id, model, question)
    model.on(going_on(BASE), tell())
    await user.follow(await user.ask(session_id, continue_from=base["id"]))
    reply = (await user.history(session_id))[-1]
    assert (reply["content"], reply["finish_reason"]) == (BASE, "stop")


async def test_thinking_before_the_rest_is_added_to_the_thinking(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    async def thinks(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.delta(reasoning_content="hm")
        await exchange.say("one ")
        await exchange.finish("length")

    model.on(question, thinks)
    await user.chat(session_id, question)
    base = (await user.history(session_id))[-1]
    model.on(going_on("one "), thinks)
    read = await user.follow(await user.ask(session_id, continue_from=base["id"]))
    reply = (await user.history(session_id))[-1]
    assert (read.thinking, reply["thinking"]) == ("hm\n\nhm",) * 2
    assert read.text == reply["content"]


async def refusal(user: Client, session_id: str, message_id: str, **more: Any) -> tuple[int, str]:
    response = await user.post_turn(session_id, continue_from=message_id, **more)
    return response.status_code, response.json()["code"]


async def test_what_cannot_be_continued_is_refused(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    model.on(question, tell("whole"), refuse(401))
    await user.chat(session_id, question)
    asked, reply = await user.history(session_id)
    assert await refusal(user, session_id, reply["id"]) == (409, "reply_complete")
    assert await refusal(user, session_id, asked["id"]) == (409, "not_a_reply")
    assert await refusal(user, session_id, "unknown") == (404, "unknown_message")
    for others in ({"message": "more"}, {"replace_from": reply["id"]}, {"parent_id": asked["id"]}):
        assert await refusal(user, session_id, reply["id"], **others) == (422, "invalid_request")
    await user.follow(await user.ask(session_id, replace_from=reply["id"]))
    versions = (await user.history(session_id))[-1]["versions"]["ids"]
    assert await refusal(user, session_id, versions[-1]) == (409, "reply_empty")


async def test_another_users_reply_cannot_be_continued(
    stack: Stack, user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    base = await cut(user, session_id, model, question)
    async with stack.client() as other:
        assert await refusal(other, session_id, base["id"]) == (404, "unknown_session")
        own = await other.start()
        assert await refusal(other, own, base["id"]) == (404, "unknown_message")


async def test_one_key_continues_a_reply_once(
    user: Client, session_id: str, model: ModelServer, question: str, led: Led
) -> None:
    base = await cut(user, session_id, model, question)
    model.on(going_on(BASE), led)
    turn_id = await user.ask(session_id, continue_from=base["id"], key="once")
    await led.exchange()
    assert await user.ask(session_id, continue_from=base["id"], key="once") == turn_id
    assert await refusal(user, session_id, base["id"]) == (409, "turn_running")
    assert await refusal(user, session_id, base["id"], when_busy="wait") == (409, "turn_running")
    await led.finish()
    await user.follow(turn_id)
    assert await user.ask(session_id, continue_from=base["id"], key="once") == turn_id
    again = await user.post_turn(session_id, replace_from=base["id"], key="once")
    assert (again.status_code, again.json()["code"]) == (422, "idempotency_key_reused")


async def test_persona_and_model_are_those_of_the_reply(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    model.on(question, tell(BASE, reason="length"))
    await user.chat(session_id, question, role="teacher", model="other")
    base = (await user.history(session_id))[-1]
    await user.chat(session_id, "next", role="programmer", model="scripted")
    model.on(going_on(BASE), tell("four"))
    await user.follow(await user.ask(session_id, continue_from=base["id"]))
    reply = (await user.history(session_id))[-1]
    assert (reply["persona"], reply["model"]) == ("teacher", "other")
    session = (await user.http.get("/chat/history", params={"session_id": session_id})).json()
    assert (session["role"], session["model"]) == ("programmer", "scripted")


@pytest.fixture
async def brief(redis_url: str, tmp_path: Path) -> AsyncIterator[Stack]:
    """A stack whose leases end soon after their worker was lost, and whose model continues by a prefix."""
    async with run_stack(database(redis_url), tmp_path, lease_seconds="1", providers=PREFIX) as stack:
        yield stack


async def replace_worker(stack: Stack) -> None:
    """Kill the worker, and start another one."""
    stack.processes[0].kill()
    await stack.processes[0].wait()
    stack.processes[0] = await start("worker", {**stack.environment, "METRICS_PORT": str(ports.free())}, stack.log)


def cut_at(size: int) -> Script:
    """A model that stops at its length limit after so many characters of `WHOLE`."""
    return tell(WHOLE[:size], reason="length", usage=COUNTS)


async def test_a_model_that_continues_by_a_prefix_gets_the_text(brief: Stack) -> None:
    given = list[Exchange]()

    async def wait(position: int) -> None:
        if position > 30 and len(given) == 1:
            await silence(given[-1])

    async def rest(exchange: Exchange) -> None:
        given.append(exchange)
        await continuing("vllm", WHOLE, wait)(exchange)

    brief.model.on("count", cut_at(14), rest)
    async with brief.client() as user:
        session_id = await user.start()
        await user.chat(session_id, "count")
        base = (await user.history(session_id))[-1]
        turn_id = await user.ask(session_id, continue_from=base["id"])
        async with user.events(turn_id) as response:
            transcript = await read(response, until=lambda found: len(found.text) > 25)
        await replace_worker(brief)
        await user.follow(turn_id, transcript)
        late = await user.follow(turn_id)
        reply = (await user.history(session_id))[-1]
    assert "resume" in transcript.types
    assert {transcript.text, late.text, reply["content"]} == {WHOLE}
    assert given[0].prefix == WHOLE[:13]
    assert given[1].prefix.startswith(WHOLE[:20])
    assert (reply["finish_reason"], reply["lost_workers"]) == ("stop", 1)
