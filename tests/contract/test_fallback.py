"""Where a model fails before its first word, its fall-back answers, and readers see which one that is."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chat import keys
from chat.circuits import FAILURES
from launcher import ports
from tests.support.client import Client
from tests.support.databases import database
from tests.support.model_server import Script, break_off, refuse, silence, tell
from tests.support.providers import Providers, run_with_file
from tests.support.sse import Transcript

table = logging.getLogger(__name__)


@dataclass(frozen=True)
class Case:
    """How the first provider fails. `reasons`: of the `retry` events. `code`: of the error, "" = the fall-back answers.

    `asked`: how often the first provider is asked. `shown`: the text that readers get.
    """

    script: Script
    reasons: list[str]
    asked: int
    code: str = ""
    shown: str = "from the second "


CASES = {
    "dead": Case(silence, ["model_unreachable", "model_unreachable"], 0),
    "slow": Case(silence, ["model_timeout"], 1),
    "busy (429)": Case(refuse(429, retry_after="0"), ["model_rate_limited", "model_rate_limited"], 2),
    "busy for long (429)": Case(refuse(429, retry_after="15"), ["model_rate_limited"], 1),
    "broken (500)": Case(refuse(500), ["model_server_error", "model_server_error"], 2),
    "a cut before the first word": Case(break_off(drop=True), ["model_broken_stream", "model_broken_stream"], 2),
    "a refused key (401)": Case(refuse(401), ["model_unauthorized"], 1),
    "an unknown model (404)": Case(refuse(404), ["model_not_found"], 1),
    "no credit (402)": Case(refuse(402), ["model_quota"], 1),
    "a refused request (400)": Case(refuse(400), ["model_bad_request"], 1),
    "dying in mid-reply": Case(break_off("Hel", "lo", drop=True), [], 1, "model_incomplete", "Hello"),
    "a conversation that is too long": Case(refuse(413), [], 1, "model_context_too_long", ""),
}


def described(names: list[str]) -> str:
    """Returns a file with a provider and a model for each case; the model "second" answers for all."""
    nowhere = f"http://127.0.0.1:{ports.free()}/v1"
    text = '[[providers]]\nname = "Second"\nbase_url = "{second}"\n[[providers.models]]\nid = "second"\n'
    for number, name in enumerate(names):
        text += f"""
            [[providers]]
            name = "First {number}"
            base_url = "{nowhere if name == "dead" else "{first}"}"
            first_byte_timeout = {0.5 if name == "slow" else 60}
            tries = 2
            [[providers.models]]
            id = "first-{number}"
            fallback = ["second"]
            """
    return text


@pytest.fixture(scope="module")
async def providers(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Providers]:
    folder = tmp_path_factory.mktemp("fallback")
    async with run_with_file(database(redis_url), folder, described(list(CASES))) as running:
        yield running


@pytest.fixture
async def ann(providers: Providers) -> AsyncIterator[Client]:
    async with providers.stack.client() as user:
        yield user


async def asked(user: Client, session_id: str, question: str, model: str) -> tuple[Transcript, float]:
    """Returns the whole transcript, and the seconds from the question to the first word, 0 without one."""
    turn_id = await user.ask(session_id, question, model=model)
    transcript = await user.follow(turn_id)
    turn = await user.turn(turn_id)
    return transcript, (turn["first_token_at"] or turn["created_at"]) - turn["created_at"]


@pytest.mark.parametrize("name", CASES)
async def test_a_fall_back_answers_for_a_model_that_fails(providers: Providers, ann: Client, name: str) -> None:
    case, model = CASES[name], f"first-{list(CASES).index(name)}"
    question, session_id = f"case: {name}", await ann.start()
    providers.servers["first"].on(question, case.script)
    providers.servers["second"].on(question, tell("from ", "the ", "second "))
    transcript, seconds = await asked(ann, session_id, question, model)

    retries = [event for event in transcript.events if event["type"] == "retry"]
    assert [event["reason"] for event in retries] == case.reasons
    assert [event["attempt"] for event in retries] == list(range(2, len(retries) + 2))
    assert len(providers.servers["first"].asked(question)) == case.asked
    assert transcript.text == case.shown
    assert transcript.end is not None
    reply: dict[str, Any] = (await ann.history(session_id))[-1]
    if case.code:
        assert (transcript.end["type"], transcript.end["code"]) == ("error", case.code)
        assert providers.servers["second"].asked(question) == []
        assert "OPENAI" not in transcript.end["content"]
    else:
        assert [event.get("model") for event in retries] == [None] * (len(retries) - 1) + ["second"]
        assert (reply["content"], reply["model"], reply["finish_reason"]) == (case.shown, "second", "stop")
        assert reply["asked_model"] == model
        assert reply["id"] == transcript.end["message_id"]
    turn = await ann.turn(transcript.events[0]["turn_id"])
    assert turn["model"] == model
    row = (name, " ".join(transcript.types), reply.get("model", "-"), reply["content"], f"{seconds:.2f} s")
    table.info("| %s |", " | ".join(row))


async def test_a_reply_that_had_begun_keeps_its_model(providers: Providers, ann: Client) -> None:
    session_id = await ann.start()
    providers.servers["first"].on("half", break_off("half a reply", drop=True))
    model = f"first-{list(CASES).index('dying in mid-reply')}"
    await asked(ann, session_id, "half", model)
    reply = (await ann.history(session_id))[-1]
    assert (reply["content"], reply["model"], reply["error"]) == ("half a reply", model, "model_incomplete")
    assert "asked_model" not in reply


async def test_the_first_failure_is_reported_where_all_fail(providers: Providers, ann: Client) -> None:
    model = f"first-{list(CASES).index('a refused key (401)')}"
    providers.servers["first"].on("all fail", refuse(401))
    providers.servers["second"].on("all fail", refuse(400))
    transcript, _ = await asked(ann, await ann.start(), "all fail", model)
    assert [event["type"] for event in transcript.events] == ["start", "retry", "error"]
    assert transcript.end is not None
    assert transcript.end["code"] == "model_unauthorized"
    assert "Check key_env of First" in transcript.end["content"]


async def test_a_dead_provider_is_left_out_of_most_turns(redis_url: str, tmp_path: Path) -> None:
    """Of 48 turns only the first few ask a provider that fails, by all workers together, until it is well again."""
    text = """
        [[providers]]
        name = "First"
        base_url = "{first}"
        [[providers.models]]
        id = "first"
        fallback = ["second"]
        [[providers]]
        name = "Second"
        base_url = "{second}"
        [[providers.models]]
        id = "second"
        """
    async with run_with_file(database(redis_url), tmp_path, text, workers=2) as running, running.stack.client() as user:
        first, second = running.servers["first"], running.servers["second"]
        session_ids = [await user.start() for _ in range(4)]
        first.on("well?", refuse(503))

        async def ask_often(session_id: str) -> list[Transcript]:
            return [await user.chat(session_id, "well?") for _ in range(12)]

        transcripts = [each for some in await asyncio.gather(*map(ask_often, session_ids)) for each in some]
        asked_first = len(first.asked("well?"))
        assert {transcript.text for transcript in transcripts} == {"You said: well? "}
        assert len(second.asked("well?")) == 48
        assert FAILURES <= asked_first <= FAILURES + 4 * 3 + 4  # four at a time, and a trial after half a minute
        silent = [each for each in transcripts if each.types.count("retry") == 1]
        assert len(silent) >= 48 - 2 * (FAILURES + 4)
        assert {each.events[1]["model"] for each in silent} == {"second"}
        assert {each.events[1]["reason"] for each in silent} == {"model_server_error"}
        metrics = (await user.http.get("/metrics")).text
        assert 'holdfast_provider_circuit{provider="First"} 2.0' in metrics
        assert 'holdfast_provider_circuit{provider="Second"} 0.0' in metrics
        table.info("48 turns: the failing provider was asked %d times", asked_first)

        first.on("well?", tell("well"))
        await running.stack.queue.execute_command("HSET", keys.circuit("First"), "open_until", "1")  # its time is over
        assert [(await user.chat(session_ids[0], "well?")).text for _ in range(2)] == ["well", "well"]
        assert 'circuit{provider="First"} 0.0' in (await user.http.get("/metrics")).text
