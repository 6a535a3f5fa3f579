"""One trace covers a turn from its request to the last token, even if a worker dies."""

import json
import secrets
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest

from tests.support.client import Client
from tests.support.collector import Collector, ReceivedSpan, collecting
from tests.support.databases import database
from tests.support.model_server import Led, echo, refuse
from tests.support.processes import start
from tests.support.sse import has, read
from tests.support.stack import Stack, run_stack
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
async def collector() -> AsyncIterator[Collector]:
    async with collecting() as collector:
        yield collector


@pytest.fixture(scope="module")
async def traced(
    collector: Collector, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stack]:
    async with run_stack(
        database(redis_url),
        tmp_path_factory.mktemp("traced"),
        lease_seconds="5",
        otel_exporter_otlp_endpoint=collector.url,
        otel_bsp_schedule_delay="50",
    ) as stack:
        yield stack


@pytest.fixture
async def asker(traced: Stack) -> AsyncIterator[Client]:
    async with traced.client() as user:
        yield user


@pytest.fixture
def trace() -> str:
    return secrets.token_hex(16)


async def ask(user: Client, question: str, trace: str) -> str:
    """Asks inside a trace whose parent span is `1111111111111111`. Returns the turn's id."""
    body = {"session_id": await user.start(), "message": question}
    user.http.headers["traceparent"] = f"00-{trace}-{'1' * 16}-01"
    response = await user.http.post("/chat/turns", json=body)
    del user.http.headers["traceparent"]
    return str(response.json()["turn_id"])


async def sent(collector: Collector, trace: str, name: str) -> bool:
    return any(span.name == name for span in collector.of(trace))


async def spans_of(collector: Collector, trace: str, *names: str) -> list[ReceivedSpan]:
    """Waits until the trace has exactly the spans of these names, and returns them."""

    async def all_there() -> bool:
        return sorted(span.name for span in collector.of(trace)) == sorted(names)

    try:
        await eventually(all_there)
    except AssertionError:
        assert sorted(span.name for span in collector.of(trace)) == sorted(names)
    return collector.of(trace)


def one(spans: Iterable[ReceivedSpan], name: str) -> ReceivedSpan:
    (found,) = [span for span in spans if span.name == name]
    return found


async def test_a_posted_turn_is_one_trace_to_the_last_token(collector: Collector, asker: Client, trace: str) -> None:
    turn_id = await ask(asker, "a-question-nobody-traces", trace)
    reader = secrets.token_hex(16)
    asker.http.headers["traceparent"] = f"00-{reader}-{'2' * 16}-01"
    transcript = await asker.follow(turn_id)
    spans = await spans_of(
        collector, trace,
        "POST /chat/turns", "open turn", "wait in queue", "attempt", "chat scripted", "close turn", "follow turn",
    )  # fmt: skip
    post, opened, attempt = one(spans, "POST /chat/turns"), one(spans, "open turn"), one(spans, "attempt")
    assert (post.parent, opened.parent) == ("1" * 16, post.id)
    for name in ("wait in queue", "attempt", "close turn", "follow turn"):
        assert one(spans, name).parent == opened.id, name
    call = one(spans, "chat scripted")
    assert call.parent == attempt.id
    assert attempt.events == ["first token"]
    assert (call.attributes["gen_ai.usage.input_tokens"], call.attributes["gen_ai.usage.output_tokens"]) == (3, 5)
    assert call.attributes["gen_ai.response.finish_reasons"] == ["stop"]
    assert one(spans, "follow turn").links == [reader]
    assert {span.service for span in spans} == {"holdfast-api", "holdfast-worker"}
    assert not any(span.failed for span in spans)
    waited = one(spans, "wait in queue")
    assert waited.began <= waited.ended <= attempt.ended
    words = [word.encode() for word in ("nobody-traces", "You said", transcript.text)]
    assert not any(word in body for body in collector.bodies for word in words)


async def test_a_streamed_question_is_one_trace(collector: Collector, asker: Client, trace: str) -> None:
    query = {"session_id": await asker.start(), "message": "hello"}
    headers = {"traceparent": f"00-{trace}-{'1' * 16}-01"}
    async with asker.http.stream("GET", "/chat/stream", params=query, headers=headers) as response:
        assert (await read(response, until=lambda transcript: transcript.end is not None)).text
    spans = await spans_of(
        collector, trace,
        "GET /chat/stream", "open turn", "wait in queue", "attempt", "chat scripted", "close turn", "follow turn",
    )  # fmt: skip
    assert one(spans, "follow turn").parent == one(spans, "GET /chat/stream").id
    assert one(spans, "attempt").parent == one(spans, "open turn").id


async def test_an_attempt_after_a_killed_worker_joins_the_same_trace(
    collector: Collector, traced: Stack, asker: Client, trace: str
) -> None:
    led = Led()
    traced.model.on("interrupted", led, echo)
    turn_id = await ask(asker, "interrupted", trace)
    await (await led.exchange()).say("half ")
    async with asker.events(turn_id) as response:
        await read(response, until=has("half "))
    await eventually(lambda: sent(collector, trace, "wait in queue"))
    traced.processes[0].kill()
    traced.processes.append(await start("worker", traced.environment, traced.log))
    await asker.follow(turn_id)
    spans = await spans_of(
        collector, trace,
        "POST /chat/turns", "open turn", "wait in queue", "wait in queue", "attempt", "chat scripted", "close turn",
        "follow turn", "follow turn",
    )  # fmt: skip
    attempt = one(spans, "attempt")  # the killed worker had not exported the first attempt
    assert attempt.attributes["holdfast.attempt"] == 2
    assert attempt.parent == one(spans, "open turn").id
    assert {span.parent for span in spans if span.name == "wait in queue"} == {one(spans, "open turn").id}


async def test_a_failure_is_marked_on_the_failed_spans(
    collector: Collector, traced: Stack, asker: Client, trace: str
) -> None:
    traced.model.on("refused", refuse(401))
    await asker.follow(await ask(asker, "refused", trace))
    spans = await spans_of(
        collector, trace,
        "POST /chat/turns", "open turn", "wait in queue", "attempt", "chat scripted", "close turn", "follow turn",
    )  # fmt: skip
    assert {span.name for span in spans if span.failed} == {"attempt", "chat scripted"}
    assert {span.attributes.get("error.type") for span in spans} == {None, "model_unauthorized"}


async def test_log_lines_contain_the_trace_id(traced: Stack, asker: Client, trace: str) -> None:
    turn_id = await ask(asker, "hello", trace)
    await asker.follow(turn_id)

    async def logged() -> bool:
        lines = [json.loads(line) for line in traced.logs().splitlines()]
        found = {line["event"] for line in lines if line.get("turn_id") == turn_id and line.get("trace_id") == trace}
        return {"turn_opened", "turn_closed"} <= found

    assert await eventually(logged)


async def test_without_a_collector_no_trace_is_kept(stack: Stack, user: Client) -> None:
    turn_id = await ask(user, "hello", secrets.token_hex(16))
    assert not await stack.store.execute_command(
        "HGET", f"chat:{{{turn_id.partition('.')[0]}}}:turn:{turn_id}", "trace"
    )


async def test_an_unreachable_collector_does_not_delay_turns(redis_url: str, tmp_path: Path) -> None:
    unreachable = "http://127.0.0.1:9"
    async with run_stack(database(redis_url), tmp_path, otel_exporter_otlp_endpoint=unreachable) as stack:
        async with stack.client() as user:
            assert (await user.chat(await user.start(), "hello")).text
